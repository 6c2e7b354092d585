"""What people ask the library to get, and what the specialist answers.

A request is seen by the person who asked and by the library's staff, and the page says so; sixty days after the answer
it is nobody's any more. Sources: PRODUCT.md, section 2; SAFETY.md, LST11, P2, P4 and P5.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import Q
from tortoise.functions import Count

from engage import dates
from engage.database import fold
from engage.database.paging import Page, one_page
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.people import audit
from engage.people.once import once
from engage.people.rules import Reader
from engage.resources import search
from engage.resources.isbn import read_isbn
from engage.resources.models import Identifier, PurchaseRequest, Resource
from engage.resources.queries import resources_for
from engage.resources.record import is_web, neat
from engage.resources.rules import RequestState, ResourceState

TITLE, NAME, WORDS, ADDRESS = 300, 200, 1_000, 2_000
SPOKEN = 400
MOST_WAITING = 20
MOST_HELD = 3
SHOWN = 50
NAMED_AFTER_ANSWER = timedelta(days=60)
NAMED_AT_MOST = timedelta(days=396)
COLUMNS = ("key", "title", "creator", "why", "isbn", "url", "state", "answer", "made_at", "answered_at")


@dataclass(frozen=True)
class Title:
    """A title that somebody asks for. isbn: as it was typed; "" where nothing is known."""

    title: str
    creator: str = ""
    why: str = ""
    isbn: str = ""
    url: str = ""


def check_answers(reader: Reader) -> None:
    """Refuse whoever does not decide about requests. Raises NotAllowed."""
    if not reader.may("LST11"):
        raise NotAllowed("LST11")


def spoken(title: str) -> str:
    """A title as it counts for being the same: its folded words, without a first article, SPOKEN signs at most."""
    words = fold.words(title)
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("a", "an", "the") else words)[:SPOKEN]


@one_transaction
async def ask_for(wanted: Title, form_key: str, by: Reader) -> str:
    """Ask the library to get something. Returns the key of the request. Raises NotAllowed, Refused."""
    if not by.may_ask:
        raise NotAllowed("LST11")
    title = neat(wanted.title, TITLE)
    if not spoken(title):
        raise Refused("Write the title that you would like.", about="title")
    if wanted.url and not is_web(wanted.url):
        raise Refused("An address begins with https:// or http://.", about="url")
    isbn = _isbn(wanted.isbn)

    async def act() -> str:
        mine = PurchaseRequest.filter(school_id=by.school.id, by_id=by.id, state=RequestState.ASKED)
        waiting = [each for (each,) in await mine.values_list("spoken")]
        if spoken(title) in waiting:
            raise Refused("You have asked for this one already. It waits for an answer.", about="title")
        if len(waiting) >= MOST_WAITING:
            raise Refused(f"{MOST_WAITING} of your requests wait for an answer. Take one back before you ask for more.")
        made = await PurchaseRequest.create(
            school_id=by.school.id,
            by_id=by.id,
            title=title,
            spoken=spoken(title),
            creator=neat(wanted.creator, NAME),
            why=neat(wanted.why, WORDS),
            isbn=isbn,
            url=wanted.url[:ADDRESS],
        )
        return made.key

    return await once(by, form_key, vars(wanted), act)


@one_transaction
async def take_back(key: str, by: Reader) -> str:
    """Take an own request back that nobody has answered: it is gone. Returns its title. Raises NotFound."""
    mine = PurchaseRequest.filter(school_id=by.school.id, by_id=by.id, key=key, state=RequestState.ASKED)
    found = await mine.limit(1).values_list("title")
    if by.id is None or not found:
        raise NotFound(key)
    await mine.delete()
    return str(found[0][0])


@one_transaction
async def answer(key: str, state: RequestState, words: str, resource: str, by: Reader) -> int:
    """Answer a request, and all others for the same title that stand as it does. Returns how many people that are.

    resource: the key of what the catalogue has of it now, "" for none. Raises NotAllowed, NotFound, Refused.
    """
    check_answers(by)
    request = await PurchaseRequest.get_or_none(school_id=by.school.id, key=key)
    if request is None:
        raise NotFound(key)
    said = neat(words, WORDS)
    if state is RequestState.ASKED:
        raise Refused("Say what becomes of it.", about="state")
    if state is RequestState.NO and not said:
        raise Refused("Say why not. The person who asked reads it.", about="answer")
    found = await Resource.get_or_none(school_id=by.school.id, key=resource) if resource else None
    if resource and (found is None or found.state is not ResourceState.OFFERED):
        raise Refused("This is not in the catalogue any more. Choose again.", about="resource")
    same = await _same(request.title, request.state, by)
    await PurchaseRequest.filter(school_id=by.school.id, id__in=[row["id"] for row in same]).update(
        state=state,
        answer=said,
        answered_by_id=by.id,
        answered_at=dates.now(),
        resource_id=found.id if found else None,
    )
    # neither who asked nor what for: the audit is read by administrators, who see no titles (P2, P5)
    await audit.note("answered a request for a title", by=by, subject=key, detail=str(state))
    return len(same)


async def requests_of(reader: Reader) -> list[dict[str, Any]]:
    """What the reader asked for, newest first: COLUMNS, resource_key and resource_title, "" where it is not here."""
    mine = PurchaseRequest.filter(school_id=reader.school.id, by_id=reader.id).order_by("-made_at", "-id").limit(100)
    rows = await mine.values(*COLUMNS, "resource_id")
    here = await _offered(reader, rows)
    return [{**row, **here.get(row["resource_id"], NOT_HERE)} for row in rows]


async def requests_to_answer(reader: Reader, state: RequestState, after: str = "") -> tuple[list[Any], str | None]:
    """What people ask for, one row for each title, and the mark for the next page. Raises NotAllowed.

    Each row: COLUMNS of the first one who asked, resource_key, resource_title, answered_by; people, the names of those
    who asked and are still known; number, how many asked; whys, what they said of it.
    """
    check_answers(reader)
    rows = PurchaseRequest.filter(school_id=reader.school.id, state=state)
    order = ("made_at", "id") if state is RequestState.ASKED else ("-made_at", "-id")
    found: Page = await one_page(
        rows,
        *COLUMNS,
        "resource_id",
        order=order,
        after=after,
        size=SHOWN,
        by_name="by__name",
        answered_by="answered_by__name",
    )
    here = await _offered(reader, found.rows)
    return _grouped([{**row, **here.get(row["resource_id"], NOT_HERE)} for row in found.rows]), found.after


async def request_to_answer(reader: Reader, key: str) -> dict[str, Any]:
    """One request with all others for the same title, as requests_to_answer has it. Raises NotAllowed, NotFound."""
    check_answers(reader)
    one = await PurchaseRequest.filter(school_id=reader.school.id, key=key).limit(1).values("title", "state")
    if not one:
        raise NotFound(key)
    groups = _grouped(await _same(one[0]["title"], one[0]["state"], reader))
    if not groups:
        raise NotFound(key)  # somebody else has answered at this moment
    (group,) = groups
    here = await _offered(reader, [group])
    return {**group, **here.get(group["resource_id"], NOT_HERE), "key": key}


async def counts(reader: Reader) -> dict[str, int]:
    """How many requests there are in each state."""
    of_school = PurchaseRequest.filter(school_id=reader.school.id).annotate(number=Count("id")).group_by("state")
    found = dict(await of_school.values_list("state", "number"))
    return {str(state): found.get(state, 0) for state in RequestState}


async def held(reader: Reader, title: str, isbn: str = "") -> list[dict[str, Any]]:
    """What the library has of a title or of its ISBN, as the search gives it; three at most."""
    of_isbn = Identifier.filter(school_id=reader.school.id, scheme="isbn", value=isbn).limit(MOST_HELD)
    ids = [number for (number,) in await of_isbn.values_list("resource_id")] if isbn else []
    found = await search.find(reader.school.id, search.Wanted(text=title), per_page=12) if spoken(title) else None
    wanted = spoken(title)
    same = [row for row in (found.rows if found else []) if wanted in (spoken(row["title"]), _main(row["title"]))]
    missing = [number for number in ids if number not in {row["id"] for row in same}]
    if missing:
        columns = ("id", "key", "title", "creators", "mode", "format", "minutes", "picture")
        numbered = resources_for(reader).filter(id__in=missing, state=ResourceState.OFFERED)
        same = [*await numbered.values(*columns), *same]
    return same[:MOST_HELD]


async def forget_askers(now: datetime) -> int:
    """Make requests nobody's that were answered sixty days ago, or made thirteen months ago; a job's work. How many.

    Source: SAFETY.md, P4: what was handed in goes sixty days after its end, and no title outlives thirteen months.
    """
    answered = Q(answered_at__lt=now - NAMED_AFTER_ANSWER) & ~Q(state=RequestState.ASKED)
    old = Q(made_at__lt=now - NAMED_AT_MOST)
    told = PurchaseRequest.filter(Q(by_id__isnull=False) | ~Q(why=""))
    return await told.filter(answered | old | Q(by_id__isnull=True)).update(by_id=None, why="")


NOT_HERE = {"resource_key": "", "resource_title": ""}


def _isbn(typed: str) -> str:
    try:
        return read_isbn(typed) if typed.strip() else ""
    except Refused as no:
        raise Refused(no.sentence, about="isbn") from None


def _main(title: str) -> str:
    """The words of a title before its subtitle."""
    return spoken(title.split(":")[0])


async def _same(title: str, state: RequestState, reader: Reader) -> list[dict[str, Any]]:
    """The requests for one title in one state, the oldest first."""
    rows = PurchaseRequest.filter(school_id=reader.school.id, state=state, spoken=spoken(title))
    columns = (*COLUMNS, "id", "resource_id")
    return await rows.order_by("made_at", "id").values(*columns, by_name="by__name", answered_by="answered_by__name")


def _grouped(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(spoken(row["title"]), {**row, "people": [], "whys": [], "number": 0})
        group["number"] += 1
        group["people"] += [row["by_name"]] if row["by_name"] else []
        group["whys"] += [row["why"]] if row["why"] else []
        for name in ("creator", "isbn", "url"):
            group[name] = group[name] or row[name]
    return list(groups.values())


async def _offered(reader: Reader, rows: Iterable[Mapping[str, Any]]) -> dict[int | None, dict[str, Any]]:
    """By id, the key and title of those resources that are offered."""
    ids = {row["resource_id"] for row in rows if row["resource_id"]}
    if not ids:
        return {}
    found = Resource.filter(school_id=reader.school.id, id__in=sorted(ids), state=ResourceState.OFFERED)
    return {
        row["id"]: {"resource_key": row["key"], "resource_title": row["title"]}
        for row in await found.values("id", "key", "title")
    }
