"""The lists that a person works on, hundreds of them: narrowed down, and what each of them waits for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from engage.database.paging import one_page
from engage.lists.exchange_models import ListProposal
from engage.lists.life import NOT_PUBLISHED
from engage.lists.members import staff_of
from engage.lists.models import CuratedList, ListItem, Revision
from engage.lists.queries import COUNTS, POSTER, POSTERS, editable_for, lists_for, titled
from engage.lists.rules import PUT_AWAY, ListKind, ProposalState, State, SuggestionState, is_stale
from engage.lists.smart_models import SavedSearch
from engage.lists.together_models import ListComment, Suggestion
from engage.people.rules import Reader

# what a list can wait for, in the order of the page
WORK = ("stale", "stuck", "left", "suggested", "talk", "search", "changes", "soon")
SOON = timedelta(days=14)
ROW = (*POSTER, "kind", "state", "visibility", "review_by", "changed_at", "owner_id", "publish_at", "publish_until")


@dataclass(frozen=True)
class Wanted:
    """Which lists a person asked for; "" for all. work: of WORK. words: some of the title. mine: only own ones."""

    state: str = ""
    work: str = ""
    kind: str = ""
    words: str = ""
    mine: bool = False


async def lists_to_work_on(
    reader: Reader, wanted: Wanted, today: date, now: datetime, after: str = ""
) -> tuple[list[dict[str, Any]], str | None]:
    """The lists that the reader may edit (LST06), the last changed first, and the mark for the next page.

    Each row: ROW and the counts; by; stale, left: whether its owner works here no more; waiting and talk: how many
    suggestions and comments wait; why: what kept it from being published, "".
    """
    rows = _narrowed(_real(reader), reader, wanted)
    if wanted.work:
        rows = rows.filter(_waits_for(wanted.work, reader, today, now))
    page = await one_page(
        rows, *ROW, *COUNTS, by="owner__name", order=("-changed_at", "-id"), after=after, size=POSTERS
    )
    return await _with_work(reader, page.rows, today, now), page.after


async def work_waiting(reader: Reader, today: date, now: datetime) -> dict[str, int]:
    """How many of the lists that the reader may edit wait for each kind of WORK."""
    return {work: await _real(reader).filter(_waits_for(work, reader, today, now)).count() for work in WORK}


def _real(reader: Reader) -> QuerySet[CuratedList]:
    """Templates are no lists, and have a page of their own."""
    return editable_for(reader).filter(is_template=False)


def _narrowed(rows: QuerySet[CuratedList], reader: Reader, wanted: Wanted) -> QuerySet[CuratedList]:
    if wanted.state in set(State):
        rows = rows.filter(state=State(wanted.state))
    if wanted.kind in set(ListKind):
        rows = rows.filter(kind=ListKind(wanted.kind))
    if wanted.mine:
        rows = rows.filter(owner_id=reader.id)
    return rows.filter(titled(wanted.words)) if wanted.words else rows


def _waits_for(work: str, reader: Reader, today: date, now: datetime) -> Q:
    school = reader.school.id
    if work == "stale":
        return Q(state=State.PUBLISHED, review_by__lte=today)
    if work == "left":
        here = Subquery(staff_of(school).values("person_id"))
        return Q(state__not=State.ARCHIVED) & (Q(owner_id=None) | Q(owner_id__not_in=here))
    if work == "suggested":
        waiting = Suggestion.filter(school_id=school, state=SuggestionState.WAITING)
        return Q(id__in=Subquery(waiting.values("curated_id")))
    if work == "talk":
        return Q(id__in=Subquery(ListComment.filter(school_id=school, settled_at=None).values("curated_id")))
    if work == "search":
        problems = SavedSearch.filter(school_id=school).exclude(problem="")
        return Q(state__not_in=PUT_AWAY, id__in=Subquery(problems.values("curated_id")))
    if work == "changes":
        changes = ListProposal.filter(school_id=school, state=ProposalState.WAITING)
        return Q(state__not_in=PUT_AWAY, id__in=Subquery(changes.values("curated_id")))
    if work == "stuck":
        failed = Revision.filter(school_id=school, act=NOT_PUBLISHED)
        return Q(state=State.SCHEDULED, publish_at__lte=now, id__in=Subquery(failed.values("curated_id")))
    return Q(state=State.SCHEDULED, publish_at__gt=now, publish_at__lte=now + SOON)


async def _with_work(
    reader: Reader, rows: Sequence[Mapping[str, Any]], today: date, now: datetime
) -> list[dict[str, Any]]:
    school = reader.school.id
    ids = [row["id"] for row in rows]
    owners = sorted({row["owner_id"] for row in rows if row["owner_id"]})
    here = {number for (number,) in await staff_of(school).filter(person_id__in=owners).values_list("person_id")}
    of_lists = {"school_id": school, "curated_id__in": ids}
    waiting = await _count(Suggestion.filter(**of_lists, state=SuggestionState.WAITING))
    talk = await _count(ListComment.filter(**of_lists, settled_at=None))
    failed = Revision.filter(**of_lists, act=NOT_PUBLISHED).order_by("number")
    why = dict(await failed.values_list("curated_id", "what"))
    return [
        {
            **row,
            "by": row["by"] or "",
            "stale": is_stale(row["state"], row["review_by"], today),
            "left": row["owner_id"] not in here,
            "waiting": waiting.get(row["id"], 0),
            "talk": talk.get(row["id"], 0),
            "why": why.get(row["id"], "") if row["state"] is State.SCHEDULED and row["publish_at"] <= now else "",
        }
        for row in rows
    ]


async def _count(rows: QuerySet[Any]) -> dict[int, int]:
    counted = rows.annotate(number=Count("id")).group_by("curated_id")
    return dict(await counted.values_list("curated_id", "number"))


async def titles_of_lists_with(reader: Reader, resource_ids: Sequence[int]) -> dict[int, list[str]]:
    """The titles of all lists that the reader may see, drafts too, by each of some resources that stand on them."""
    if not resource_ids:
        return {}
    on_them = ListItem.filter(school_id=reader.school.id, resource_id__in=list(resource_ids))
    seen = lists_for(reader).exclude(state__in=PUT_AWAY)
    rows = (
        await on_them.filter(curated_id__in=Subquery(seen.values("id")))
        .order_by("curated_id")
        .values_list("resource_id", "curated__title")
    )
    titles: dict[int, list[str]] = {}
    for number, title in rows:
        titles.setdefault(number, []).append(title)
    return titles
