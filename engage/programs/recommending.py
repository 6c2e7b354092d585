"""Recommendations, computed in the background for whoever logged or saved something, and nothing of it leaves."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import Subquery
from tortoise.queryset import ValuesQuery

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotFound
from engage.lists.models import CuratedList, ListItem
from engage.lists.rules import State, Visibility
from engage.people.alike import asked_by
from engage.people.models import Person
from engage.people.rules import Reader, SchoolCard
from engage.programs.models import LogEntry, ResourceProgress, Saved
from engage.programs.rebuild import schools
from engage.programs.review_models import Recommendation
from engage.programs.rules import BACKDATING
from engage.programs.suiting import MOST, Seed, Suits, Thing, choose
from engage.resources.models import Creator, Resource, Subject
from engage.resources.rules import ResourceState

AT_ONCE = 40
SEEDS, SAVED_SEEDS = 20, 10
MOST_OF_A_LIST = 200
# a subject on more resources than this says nothing about taste
COMMON = 150
FRESH = timedelta(days=1)


async def recommend(now: datetime, school_id: int | None = None) -> int:
    """Look anew for what suits those who logged or saved something in the last day, as a job; for how many people."""
    number = 0
    for card in await schools(school_id):
        people = await _moved(card, now)
        for start in range(0, len(people), AT_ONCE):
            some = people[start : start + AT_ONCE]
            await _recommend_to(card, some, now)
            number += len(some)
    return number


async def _moved(card: SchoolCard, now: datetime) -> list[int]:
    """The students who did something since they were last looked at."""
    today = dates.today(card.zone)
    of: dict[str, Any] = {"school_id": card.id}
    since = now - FRESH
    entries = LogEntry.filter(**of, on__gte=today - timedelta(days=BACKDATING + 1), entered_at__gte=since)
    saved = Saved.filter(**of, at__gte=since)
    last: dict[int, datetime] = {}
    acts = [*await entries.values_list("person_id", "entered_at"), *await saved.values_list("person_id", "at")]
    for person, at in acts:
        last[person] = max(at, last.get(person, since))
    if not last:
        return []
    seen = Recommendation.filter(**of, person_id__in=sorted(last), position=0).values_list("person_id", "at")
    looked = dict(await seen)
    return sorted(person for person, at in last.items() if person not in looked or looked[person] < at)


async def _recommend_to(card: SchoolCard, people: list[int], now: datetime) -> None:
    of: dict[str, Any] = {"school_id": card.id}
    theirs = {**of, "person_id__in": people}
    grades = dict(await Person.filter(**of, id__in=people).values_list("id", "grade"))
    done: dict[int, list[tuple[int, bool]]] = {person: [] for person in people}
    known: dict[int, set[int]] = {person: set() for person in people}
    placed = ResourceProgress.filter(**theirs).order_by("-on", "-id").values_list("person_id", "resource_id", "state")
    for person, resource, state in await placed:
        known[person].add(resource)
        if state == "finished" and len(done[person]) < SEEDS:
            done[person].append((resource, True))
    for person, resource in await Saved.filter(**theirs).order_by("-id").values_list("person_id", "resource_id"):
        if resource not in known[person] and len(done[person]) < SEEDS + SAVED_SEEDS:
            done[person].append((resource, False))
        known[person].add(resource)
    for person, resource in await Recommendation.filter(**theirs, dismissed_at__isnull=False).values_list(
        "person_id", "resource_id"
    ):
        known[person].add(resource)
    seeds = {resource for each in done.values() for resource, _ in each}
    things, offered = await _things(card, seeds)
    for person in people:
        own = [Seed(things[number], finished) for number, finished in done[person] if number in things]
        others = [things[number] for number in sorted(offered - known[person])]
        await _keep(card.id, person, choose(own, others, grades.get(person)), now)


async def _things(card: SchoolCard, seeds: Collection[int]) -> tuple[dict[int, Thing], set[int]]:
    """The seeds and all that has a list, a maker or a subject in common with one; and the ids of what can be had."""
    of: dict[str, Any] = {"school_id": card.id}
    out = CuratedList.filter(
        **of, state=State.PUBLISHED, is_template=False, visibility__in=[Visibility.PUBLIC, Visibility.SCHOOL]
    )
    on = ListItem.filter(**of, resource_id__in=list(seeds), curated_id__in=Subquery(out.values("id")))
    lists = sorted({number for (number,) in await on.distinct().values_list("curated_id")})
    listed: dict[int, set[int]] = defaultdict(set)
    items = ListItem.filter(**of, curated_id__in=lists).order_by("position")
    sizes: dict[int, int] = defaultdict(int)
    for curated, resource in await items.values_list("curated_id", "resource_id") if lists else []:
        sizes[curated] += 1
        if sizes[curated] <= MOST_OF_A_LIST or resource in seeds:
            listed[resource].add(curated)
    makers = await _same(Creator, "name", card.id, seeds)
    topics = await _same(Subject, "term", card.id, seeds)
    ids = {*seeds, *listed, *makers, *topics}
    rows = Resource.filter(**of, id__in=sorted(ids), state=ResourceState.OFFERED)
    found = await rows.values("id", "mode", "audience_low", "audience_high", "popularity", "here", "online", "explicit")
    things = {
        row["id"]: Thing(
            row["id"],
            row["mode"],
            frozenset(makers[row["id"]]),
            frozenset(topics[row["id"]]),
            frozenset(listed[row["id"]]),
            row["audience_low"],
            row["audience_high"],
            row["popularity"],
        )
        for row in found
    }
    return things, {row["id"] for row in found if (row["here"] or row["online"]) and not row["explicit"]}


async def _same(
    table: type[Creator] | type[Subject], column: str, school_id: int, seeds: Collection[int]
) -> dict[int, set[str]]:
    """By resource, the names in a table that it has in common with a seed; names that are everywhere left out."""
    of: dict[str, Any] = {"school_id": school_id}
    names = await table.filter(**of, resource_id__in=list(seeds)).distinct().values_list(column, flat=True)
    found: dict[int, set[str]] = defaultdict(set)
    rows = (
        await table.filter(**of, **{f"{column}__in": list(names)}).values_list(column, "resource_id") if names else []
    )
    number: dict[str, int] = defaultdict(int)
    for name, _ in rows:
        number[name] += 1
    for name, resource in rows:
        if number[name] <= COMMON:
            found[resource].add(name)
    return found


@one_transaction
async def _keep(school_id: int, person: int, chosen: Iterable[Suits], now: datetime) -> None:
    """Put new ones in the place of those that stood; what was sent away stays away."""
    of: dict[str, Any] = {"school_id": school_id, "person_id": person}
    await Recommendation.filter(**of, dismissed_at=None).delete()
    await Recommendation.bulk_create(
        [
            Recommendation(
                **of,
                resource_id=one.resource,
                position=place,
                reason=one.reason,
                because_id=one.because,
                curated_id=one.curated,
                at=now,
            )
            for place, one in enumerate(chosen)
        ],
        ignore_conflicts=True,
    )


async def suits(reader: Reader, most: int = MOST) -> list[dict[str, Any]]:
    """What might suit the reader next, the best first, with the sentence that says why; one statement.

    Each row: key title creator mode format minutes picture why.
    """
    if reader.id is None or not reader.is_student or reader.by_card:
        return []  # what suits says what was read, and a card alone shows nothing of other days (SAFETY.md, L3)
    thing = {name: f"resource__{name}" for name in ("key", "title", "mode", "format", "minutes", "picture")}
    why = {"of": "because__title", "curated": "curated__title", "state": "curated__state"}

    def make(asker: Reader) -> ValuesQuery[Any]:
        of = {"school_id": asker.school.id, "person_id": asker.id, "dismissed_at": None}
        best = Recommendation.filter(**of, resource__state=ResourceState.OFFERED.value).order_by("position", "id")
        return best.limit(most).values("reason", **thing, creator="resource__creators", **why)

    return [{**row, "why": _why(row)} for row in await asked_by(reader, ("suits", most), make)]


def _why(row: dict[str, Any]) -> str:
    of = row["of"]
    if row["reason"] == "creator":
        return f"By the maker of {of}."
    if row["reason"] == "list" and row["state"] == State.PUBLISHED:
        return f"With {of} on the list {row['curated']}."
    return f"It is about something that {of} is about."


@one_transaction
async def send_away(key: str, by: Reader) -> str:
    """Do not recommend something to the reader again; returns its title. Raises NotFound."""
    rows = Recommendation.filter(school_id=by.school.id, person_id=by.id, resource__key=key)
    found = await rows.limit(1).values_list("id", "resource__title")
    if by.id is None or not found:
        raise NotFound(key)
    await Recommendation.filter(school_id=by.school.id, id=found[0][0]).update(dismissed_at=dates.now())
    return str(found[0][1])
