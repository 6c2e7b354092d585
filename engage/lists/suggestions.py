"""What people suggest for a list, and what its editors decide.

A suggestion is read by the person who made it and by those who may change the list. Who a student is, is told to the
library and to the teachers of the student's own classes only. Sixty days after the answer it is nobody's any more.
Sources: PRODUCT.md, section 2; SAFETY.md, LST11, REV07, P2, P4 and P5.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tortoise.expressions import Q

from engage import dates
from engage.database.paging import one_page
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import rules
from engage.lists.editing import add_item
from engage.lists.models import CuratedList, ListItem
from engage.lists.queries import ListCard, lists_for
from engage.lists.revisions import take_up
from engage.lists.rules import SuggestionState
from engage.lists.together_models import Suggestion
from engage.people.models import ClassMember, Membership, Person
from engage.people.once import once
from engage.people.rules import Reader, Role, Scope
from engage.resources.models import Resource
from engage.resources.record import neat
from engage.resources.requests import NAMED_AFTER_ANSWER, NAMED_AT_MOST, spoken
from engage.resources.rules import ResourceState

SHOWN = 50
COLUMNS = ("key", "title", "reason", "state", "at", "decided_at", "answer", "by_id")
OF_RESOURCE = {
    "resource": "resource__key",
    "resource_title": "resource__title",
    "creators": "resource__creators",
    "mode": "resource__mode",
    "resource_state": "resource__state",
}
A_STUDENT, SOMEBODY = "A student", "Somebody"


@one_transaction
async def suggest(
    curated: ListCard, *, resource: str = "", title: str = "", reason: str = "", by: Reader, form_key: str = ""
) -> str:
    """Suggest something for a list that one sees; returns the key of the suggestion.

    resource: its key, where it is in the catalogue; else title: a title or an address, as it was typed.
    Raises NotAllowed (LST11), Refused (about "title", "reason" or "resource").
    """
    if not rules.may_suggest(by, curated.owner_id, curated.part):
        raise NotAllowed("LST11")
    found = await _offered(resource, by) if resource else None
    words, why = _line(title, rules.SUGGESTED_TITLE, "title"), _line(reason, rules.REASON, "reason")
    if found is None and not spoken(words):
        raise Refused("Write a title, or choose something from the catalogue.", about="title")
    if not why:
        raise Refused("Say in a line why it belongs on this list.", about="reason")

    async def act() -> str:
        await _check_new(curated, found, words, by)
        made = await Suggestion.create(
            school_id=curated.school_id,
            curated_id=curated.id,
            resource_id=found.id if found else None,
            title="" if found else words,
            reason=why,
            by_id=by.id,
            at=dates.now(),
        )
        return made.key

    return await once(by, form_key, {"list": curated.key, "resource": resource, "title": words, "why": why}, act)


def _line(text: str, most: int, about: str) -> str:
    if len(text.strip()) > most:
        raise Refused(f"Keep this under {most} letters; it has {len(text.strip())}.", about=about)
    return neat(text, most)


async def _offered(key: str, by: Reader) -> Resource:
    found = await Resource.get_or_none(school_id=by.school.id, key=key, state=ResourceState.OFFERED)
    if found is None:
        raise Refused("This is not in the catalogue any more. Choose again.", about="resource")
    return found


async def _check_new(curated: ListCard, found: Resource | None, title: str, by: Reader) -> None:
    with every_school("one's own row, whichever school one is at home in"):
        # one after another, so that none of them counts without those of the same moment
        await Person.filter(id=by.id).select_for_update(no_key=True).only("id").get()
    of_list = {"school_id": curated.school_id, "curated_id": curated.id}
    if found is not None and await ListItem.filter(**of_list, resource_id=found.id).exists():
        raise Refused(f"{found.title} is on this list already.", about="resource")
    mine = Suggestion.filter(school_id=curated.school_id, by_id=by.id, state=SuggestionState.WAITING)
    waiting = await mine.values_list("curated_id", "resource_id", "title")
    if len(waiting) >= rules.MOST_SUGGESTED:
        raise Refused(f"{rules.MOST_SUGGESTED} of your suggestions wait for an answer. Wait for those first.")
    for number, resource, said in waiting:
        same = resource == found.id if found else resource is None and spoken(said) == spoken(title)
        if number == curated.id and same:
            raise Refused("You have suggested this already. It waits for an answer.", about="title")


async def suggested_by(reader: Reader) -> list[dict[str, Any]]:
    """What the reader suggested, newest first, with what came of it: COLUMNS, OF_RESOURCE, list and slug.

    list: its title, "" where the reader may not see it any more; slug: "" also where it is not published.
    """
    mine = Suggestion.filter(school_id=reader.school.id, by_id=reader.id).order_by("-at", "-id").limit(100)
    rows = await mine.values(*COLUMNS, "curated_id", **OF_RESOURCE)
    seen = lists_for(reader).filter(id__in=sorted({row["curated_id"] for row in rows}))
    lists = {row["id"]: row for row in await seen.values("id", "title", "slug", "state")} if rows else {}
    return [{**row, **_named(lists.get(row["curated_id"]))} for row in rows]


def _named(curated: Mapping[str, Any] | None) -> dict[str, str]:
    if curated is None:
        return {"list": "", "slug": ""}
    return {"list": curated["title"], "slug": curated["slug"] if curated["state"] == rules.State.PUBLISHED else ""}


@one_transaction
async def take_back(key: str, *, by: Reader) -> str:
    """Take an own suggestion back that nobody has answered: it is gone. Returns what it was. Raises NotFound."""
    mine = Suggestion.filter(school_id=by.school.id, by_id=by.id, key=key, state=SuggestionState.WAITING)
    found = await mine.limit(1).values("id", "title", there="resource__title") if by.id is not None else []
    if not found:
        raise NotFound(key)
    await Suggestion.filter(school_id=by.school.id, id=found[0]["id"]).delete()
    return str(found[0]["there"] or found[0]["title"])


async def suggested_for(
    reader: Reader, curated: ListCard, decided: bool, after: str = ""
) -> tuple[list[dict[str, Any]], str | None]:
    """What was suggested for a list: COLUMNS, OF_RESOURCE, and who, as the reader may know them; and the next mark.

    decided: those that were answered, the last first, or those that wait, the first first. Only for who may edit.
    """
    rows = Suggestion.filter(school_id=curated.school_id, curated_id=curated.id)
    rows = rows.exclude(state=SuggestionState.WAITING) if decided else rows.filter(state=SuggestionState.WAITING)
    order = ("-id",) if decided else ("id",)
    page = await one_page(
        rows,
        *COLUMNS,
        order=order,
        after=after,
        size=SHOWN,
        name="by__name",
        decided_by="decided_by__name",
        **OF_RESOURCE,
    )
    return await _with_names(reader, page.rows), page.after


async def suggestion_for(reader: Reader, curated: ListCard, key: str) -> dict[str, Any]:
    """One suggestion for a list, as suggested_for has it. Raises NotFound."""
    rows = Suggestion.filter(school_id=curated.school_id, curated_id=curated.id, key=key).limit(1)
    found = await rows.values(*COLUMNS, name="by__name", decided_by="decided_by__name", **OF_RESOURCE)
    if not found:
        raise NotFound(key)
    return (await _with_names(reader, found))[0]


async def how_many(curated: ListCard) -> tuple[int, int]:
    """How many suggestions wait, and how many were answered."""
    rows = Suggestion.filter(school_id=curated.school_id, curated_id=curated.id)
    waiting = await rows.filter(state=SuggestionState.WAITING).count()
    return waiting, await rows.count() - waiting


async def _with_names(reader: Reader, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each row with `who`: the name where the reader may know it (REV07: the library, and the teachers of a class)."""
    school = reader.school.id
    ids = sorted({row["by_id"] for row in rows if row["by_id"]})
    roles = await Membership.filter(school_id=school, person_id__in=ids).values_list("person_id", "role")
    known = {number for number, role in roles if role is not Role.STUDENT}
    students = {number for number, role in roles if role is Role.STUDENT}
    if reader.may("REV07", Scope.SCHOOL):
        known |= set(ids)
    else:
        taught = ClassMember.filter(
            school_id=school, person_id__in=ids, role=Role.STUDENT, school_class_id__in=sorted(reader.taught_ids)
        )
        today = dates.today(reader.school.zone)
        now = taught.filter(Q(until=None) | Q(until__gte=today), since__lte=today)
        known |= {number for (number,) in await now.values_list("person_id")}

    def who(row: Mapping[str, Any]) -> str:
        if row["by_id"] in known:
            return str(row["name"])
        return A_STUDENT if row["by_id"] in students else SOMEBODY

    return [{**row, "who": who(row)} for row in rows]


@one_transaction
async def take(
    key: str, suggestion: str, *, resource: str = "", annotation: str = "", answer: str = "", by: Reader
) -> str:
    """Put what was suggested on the list, and tell who suggested it; returns the title.

    resource: the key of what the catalogue has of it, where only a title was typed. annotation: the editor's note; what
    a student wrote never goes on a list by itself. Raises NotFound, NotAllowed (LST06), Refused.
    """
    curated = (await take_up(by, key)).curated
    found = await _to_decide(curated, suggestion, by)
    chosen = found["resource"] or resource
    if not chosen:
        raise Refused("Choose which one it is. It must be in the catalogue first.", about="resource")
    put_on = await _offered(chosen, by)
    await add_item(key, put_on.key, annotation=annotation, by=by)
    await _decide(curated, found["id"], SuggestionState.TAKEN, answer, by, resource_id=put_on.id)
    return put_on.title


@one_transaction
async def decline(key: str, suggestion: str, *, answer: str, by: Reader) -> None:
    """Say no, and why, to who suggested it. Raises NotFound, NotAllowed (LST06), Refused (about "answer")."""
    curated = (await take_up(by, key)).curated
    found = await _to_decide(curated, suggestion, by)
    if not answer.strip():
        raise Refused("Say why not, in a line. Whoever suggested it reads it.", about="answer")
    await _decide(curated, found["id"], SuggestionState.DECLINED, answer, by)


async def _to_decide(curated: CuratedList, suggestion: str, by: Reader) -> dict[str, Any]:
    """A suggestion that waits, of a list that is held. Raises NotFound, Refused."""
    rows = Suggestion.filter(school_id=curated.school_id, curated_id=curated.id, key=suggestion)
    found = await rows.limit(1).values("id", "state", "by_id", resource="resource__key")
    if not found:
        raise NotFound(suggestion)
    if found[0]["state"] is not SuggestionState.WAITING:
        raise Refused("Somebody else has answered this one already.")
    if found[0]["by_id"] == by.id:
        # SAFETY.md, A7
        raise Refused("You suggested this yourself. Put it on the list from the bench, or take it back.")
    return found[0]


async def _decide(
    curated: CuratedList, number: int, state: SuggestionState, answer: str, by: Reader, **more: Any
) -> None:
    said = _line(answer, rules.ANSWER, "answer")
    rows = Suggestion.filter(school_id=curated.school_id, id=number)
    await rows.update(state=state, answer=said, decided_by_id=by.id, decided_at=dates.now(), **more)


async def forget_suggesters(now: datetime) -> int:
    """Make suggestions nobody's that were answered sixty days ago, or made thirteen months ago; a job's work. How many.

    Source: SAFETY.md, P4, as for requests.
    """
    answered = Q(decided_at__lt=now - NAMED_AFTER_ANSWER)
    told = Suggestion.filter(Q(by_id__isnull=False) | ~Q(reason=""))
    return await told.filter(answered | Q(at__lt=now - NAMED_AT_MOST) | Q(by_id__isnull=True)).update(
        by_id=None, reason=""
    )
