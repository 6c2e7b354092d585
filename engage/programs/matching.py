"""Typed titles that many students share are matched to the catalogue, by staff who never learn who typed them.

A title that few typed is shown to nobody: alone it can name a child, or be what only one child would say (SAFETY.md, P2
and P10). What is shown is folded, so no spelling leads back to anybody either.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engage import dates
from engage.database.fold import words
from engage.database.putting import put_rows
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.engagement.diary import Who
from engage.engagement.small_groups import enough
from engage.errors import NotFound
from engage.people import audit
from engage.people.models import Person, School
from engage.people.rules import Reader, Scope
from engage.programs.known_terms import parts_of
from engage.programs.loading import LONGEST_TITLE
from engage.programs.models import LogEntry
from engage.programs.paper_models import TypedTitle, TypedTitleBefore
from engage.programs.rebuild import schools
from engage.programs.settling import hold, settle
from engage.resources import search
from engage.resources.models import Resource
from engage.resources.rules import ResourceState

SHOWN, OFFERED = 60, 5
KEPT = timedelta(days=396)  # SAFETY.md, section 0: thirteen months


def folded_title(title: str) -> str:
    """A typed title as counting and staff know it."""
    return " ".join(words(title))[:LONGEST_TITLE]


async def _typed(school_id: int, since: Any) -> dict[str, set[int]]:
    """Who typed what, by folded title. Never leaves this room."""
    rows = LogEntry.filter(
        school_id=school_id,
        resource_id__isnull=True,
        void__id__isnull=True,
        superseded_by__id__isnull=True,
        forgotten_on__isnull=True,
        on__gte=since,
    ).exclude(title="")
    people: dict[str, set[int]] = defaultdict(set)
    for title, person in await rows.distinct().values_list("title", "person_id"):
        people[folded_title(title)].add(person)
    return people


def check_may_match(reader: Reader) -> None:
    """Who looks after the catalogue matches titles (FED05). Raises NotFound."""
    if not reader.may("FED05", Scope.SCHOOL):
        raise NotFound("typed titles")


async def titles_to_match(reader: Reader) -> list[dict[str, Any]]:
    """The titles that at least `fewest` students typed and nobody has decided about: folded, number, offers.

    Most typed first. offers: resources that may be meant. Raises NotFound.
    """
    check_may_match(reader)
    of = {"school_id": reader.school.id}
    people = await _typed(reader.school.id, dates.today(reader.school.zone) - KEPT)
    decided = {folded for (folded,) in await TypedTitle.filter(**of).values_list("folded")}
    many = [(title, len(who)) for title, who in people.items() if enough(len(who), reader.school.fewest)]
    left = sorted((row for row in many if row[0] and row[0] not in decided), key=lambda row: (-row[1], row[0]))
    return [
        {"folded": title, "number": number, "offers": await search.likely(reader.school.id, title, OFFERED)}
        for title, number in left[:SHOWN]
    ]


async def matched_titles(reader: Reader) -> list[dict[str, Any]]:
    """What was decided of late: folded, resource's key and title, or None for none of ours. Raises NotFound."""
    check_may_match(reader)
    rows = TypedTitle.filter(school_id=reader.school.id).order_by("-at", "-id").limit(SHOWN)
    return await rows.values("folded", "at", key="resource__key", title="resource__title")


async def match_title(folded: str, resource: str, by: Reader) -> str:
    """Say which resource a typed title is, by its key, or "" for none of ours; returns what it is called.

    Raises NotFound for a title that few typed, as for one that nobody did.
    """
    check_may_match(by)
    people = (await _typed(by.school.id, dates.today(by.school.zone) - KEPT)).get(folded, set())
    known = await TypedTitle.filter(school_id=by.school.id, folded=folded).exists()
    if not enough(len(people), by.school.fewest) and not known:
        raise NotFound(folded)
    return await _match(folded, resource, by)


@one_transaction
async def _match(folded: str, resource: str, by: Reader) -> str:
    meant = None
    if resource:
        rows = Resource.filter(school_id=by.school.id, key=resource, state=ResourceState.OFFERED)
        meant = await rows.select_for_update(no_key=True).only("id", "title").first()
        if meant is None:
            raise NotFound(resource)
    of = {"school_id": by.school.id, "folded": folded}
    await take_for({folded: meant.id if meant else None}, by)
    await audit.note("matched a typed title" if resource else "set a typed title aside", by=by, subject=resource)
    # by number: no title of anybody's stands in the table of jobs (SAFETY.md, P2)
    ((number,),) = await TypedTitle.filter(**of).values_list("id")
    await enqueue("count_matched", {"school_id": by.school.id, "matched": number})
    return meant.title if meant else ""


async def take_for(meant: Mapping[str, int | None], by: Reader) -> None:
    """Take typed titles for resources, by id or None, from now on; what they were taken for until now is kept.

    Inside the unit of work that decides it, which holds the resources.
    """
    await School.filter(id=by.school.id).select_for_update(no_key=True).first()  # one word after the other
    at, of = dates.now(), {"school_id": by.school.id}
    known = TypedTitle.filter(**of, folded__in=sorted(meant))
    was: dict[str, int | None] = dict(await known.values_list("folded", "resource_id"))
    changed = [folded for folded, resource in meant.items() if was.get(folded) != resource]
    await TypedTitleBefore.bulk_create(
        [TypedTitleBefore(**of, folded=folded, resource_id=was.get(folded), until=at) for folded in changed]
    )
    rows = [{**of, "folded": folded, "resource_id": meant[folded], "by_id": by.id, "at": at} for folded in meant]
    await put_rows(TypedTitle, ("school_id", "folded"), rows)


async def count_matched(school_id: int, matched: int) -> int:
    """Count everybody anew who typed a title that is a resource from now on, as a job; how many people that were.

    matched: the id of the TypedTitle.
    """
    (card,) = await schools(school_id)
    ((folded,),) = await TypedTitle.filter(school_id=school_id, id=matched).values_list("folded")
    people = (await _typed(school_id, dates.today(card.zone) - KEPT)).get(folded, set())
    rows = await Person.filter(school_id=school_id, id__in=sorted(people)).order_by("id").values_list("id", "grade")
    for person, grade in rows:
        await _count_one(Reader(card), Who(person, grade))
    return len(rows)


@one_transaction
async def _count_one(by: Reader, who: Who) -> None:
    await hold(by, who.id)
    await settle(by, who, {part.id: part.joined_on for part in await parts_of(by.school, who.id)})
