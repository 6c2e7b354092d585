"""What is asked about the entries of the inbox: those that somebody wants to see, how many there are, what we have."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tortoise.expressions import Case, Q, When
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from engage import dates
from engage.database import fold
from engage.database.paging import Page, one_page
from engage.people.rules import Reader
from engage.resources.incoming_models import InboxEntry
from engage.resources.matching import OWN
from engage.resources.merging import same_as
from engage.resources.models import Holding, Identifier, Resource
from engage.resources.promoting import is_work, numbers_of, record_of
from engage.resources.record import CatalogueRecord
from engage.resources.rules import EntryState, Format, ResourceState, family_of
from engage.resources.wording import counted

SIZE = 25
ENTRY = (
    *("id", "key", "title", "url", "summary", "creator", "published_at", "date_guessed", "mode", "format", "file_url"),
    *("file_type", "minutes", "language", "explicit", "transcript", "state", "decided_at", "why", "proposal"),
    *("picture", "isbn", "publisher", "subjects", "series", "year", "access", "match_key"),
)
NAMED = {
    "source_title": "source__title",
    "source_key": "source__key",
    "source_language": "source__language",
    "audience_low": "source__audience_low",
    "audience_high": "source__audience_high",
    "default_list": "source__default_list",
    "decider": "decided_by__name",
    "mute_words": "mute__words",
}
# the last days that an age spans, today among them; what is older than all of them is "older"
AGES = {"day": 1, "week": 7, "month": 30}
OLDER = "older"
UNSAID = "none"
OFFERED = ResourceState.OFFERED
FAMILIES = tuple(dict.fromkeys(map(family_of, Format)))


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for; what is "" is not asked.

    source: the key of one. age: of AGES, or "older". language: as "es", or "none" where nobody said it. words: all of
    them stand in title, creator or summary.
    """

    state: EntryState = EntryState.WAITING
    source: str = ""
    mode: str = ""
    language: str = ""
    age: str = ""
    words: str = ""


@dataclass(frozen=True)
class Counts:
    """How many entries there are: all that are wanted, and under each answer to one question, the others answered."""

    wanted: int
    source: Mapping[int, int]
    mode: Mapping[str, int]
    language: Mapping[str, int]
    age: Mapping[str, int]


@dataclass(frozen=True)
class Held:
    """What the catalogue has of an entry. sure: by its number or address, else by title and maker alone.

    likely: an import would take it for the same, so it is unless a person says no.
    shelf: where a copy stands, as "F BAR, 2 copies".
    """

    id: int
    key: str
    title: str
    format: str
    shelf: str
    sure: bool
    likely: bool = False


async def entries(reader: Reader, wanted: Wanted, now: datetime, after: str | None = None) -> Page:
    """Entries of the school's sources: what waits with the newest first, what was decided with the latest first."""
    order = ("-published_at", "-id") if wanted.state is EntryState.WAITING else ("-decided_at", "-id")
    return await one_page(matching(reader, wanted, now), *ENTRY, order=order, after=after, size=SIZE, **NAMED)


def matching(reader: Reader, wanted: Wanted, now: datetime) -> QuerySet[InboxEntry]:
    """The rows of the entries that are wanted."""
    found = InboxEntry.filter(school_id=reader.school.id, state=wanted.state)
    if wanted.source:
        found = found.filter(source__key=wanted.source)
    if wanted.mode:
        found = found.filter(mode=wanted.mode)
    if wanted.language:
        of_it = Q(language=wanted.language) | Q(language__istartswith=f"{wanted.language}-")
        found = found.filter(Q(language="") if wanted.language == UNSAID else of_it)
    starts = starts_of(reader.school.zone, now)
    if wanted.age == OLDER:
        found = found.filter(published_at__lt=min(starts.values()))
    elif wanted.age:
        found = found.filter(published_at__gte=starts[wanted.age])
    for word in fold.words(wanted.words)[: fold.MOST_WORDS]:
        found = found.filter(_says(word))
    return found


async def counts(reader: Reader, wanted: Wanted, now: datetime) -> Counts:
    """How many entries are wanted, and how many would be with another answer to one question; in one statement."""
    starts = starts_of(reader.school.zone, now)
    spans = [When(published_at__gte=start, then=name) for name, start in starts.items()]
    asked = replace(Wanted(state=wanted.state), words=wanted.words)
    groups = await (
        matching(reader, asked, now)
        .annotate(age=Case(*spans, default=OLDER), number=Count("id"))
        .group_by("source_id", "source__key", "mode", "language", "age")
        .values("source_id", "mode", "language", "age", "number", source="source__key")
    )
    found: dict[str, Counter[Any]] = defaultdict(Counter)
    for group in groups:
        tests = {
            "source": wanted.source in ("", group["source"]),
            "mode": wanted.mode in ("", group["mode"]),
            "language": wanted.language in ("", language_of(group["language"])),
            "age": wanted.age in ("", *ages_of(group["age"])),
        }
        answers = {
            "source": (group["source_id"],),
            "mode": (str(group["mode"]),),
            "language": (language_of(group["language"]),),
            "age": ages_of(group["age"]),
        }
        missed = [name for name, passes in tests.items() if not passes]
        if not missed:
            found["wanted"][""] += group["number"]
        for name, values in answers.items():
            if missed in ([], [name]):
                found[name].update(dict.fromkeys(values, group["number"]))
    return Counts(found["wanted"][""], *(dict(found[name]) for name in ("source", "mode", "language", "age")))


async def proposals(reader: Reader) -> list[dict[str, Any]]:
    """Promoted entries of which the feed now says something else."""
    found = InboxEntry.filter(school_id=reader.school.id, state=EntryState.PROMOTED).exclude(proposal="")
    return await found.order_by("-published_at").limit(SIZE).values(*ENTRY, **NAMED)


def said_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a feed now says otherwise of a promoted entry, by column."""
    said: dict[str, Any] = json.loads(row["proposal"])
    return {name: value for name, value in said.items() if name != "content_hash"}


async def held(reader: Reader, rows: Sequence[Mapping[str, Any]]) -> dict[str, Held]:
    """What the catalogue has already of some entries, by the key of the entry; a steady number of statements.

    The same number or address is the same thing; the same title by the same maker, in whatever format, may be.
    """
    school = {"school_id": reader.school.id}
    alike = {name: row["key"] for row in reversed(rows) for name in _keys_of(row["match_key"])}
    numbers = {pair: row["key"] for row in reversed(rows) for pair in numbers_of(row)}
    columns = {"key": "resource__key", "title": "resource__title", "format": "resource__format"}
    # an index leads to each key and each number; the pairs that do not belong together are left out below
    named = Identifier.filter(**school, scheme__in=["url", "isbn"], value__in=[value for _, value in numbers])
    same = await named.filter(resource__state=OFFERED).values("scheme", "value", "resource_id", **columns)
    titled = Resource.filter(**school, state=OFFERED, match_key__in=list(alike))
    similar = await titled.order_by("id").values("id", "key", "title", "format", "match_key") if alike else []
    found = {
        entry: Held(row["resource_id"], row["key"], row["title"], row["format"], "", sure=True)
        for row in same
        if (entry := numbers.get((row["scheme"], row["value"])))
    }
    by_key = {row["match_key"]: row for row in reversed(similar)}
    near = {row["key"]: [by_key[name] for name in _keys_of(row["match_key"]) if name in by_key] for row in rows}
    asked = (row for row in rows if near[row["key"]] and row["key"] not in found and is_work(row))
    likely = await same_as(
        reader.school.id, {row["key"]: _of_work(row) for row in asked}, {row["id"] for row in similar}
    )
    for key, others in near.items():
        if others and key not in found:
            other = next((each for each in similar if each["id"] == likely.get(key)), others[0])
            told = (other["id"], other["key"], other["title"], other["format"])
            found[key] = Held(*told, "", sure=False, likely=other["id"] == likely.get(key))
    shelves = await _shelves([each.id for each in found.values()], reader)
    return {key: replace(each, shelf=shelves.get(each.id, "")) for key, each in found.items()}


def _of_work(row: Mapping[str, Any]) -> CatalogueRecord:
    """The record of an entry without its address, which was looked for already."""
    known = record_of(row)
    return replace(known, identifiers=tuple(number for number in known.identifiers if number[0] in OWN))


def starts_of(zone: str, now: datetime) -> dict[str, datetime]:
    """When each age begins: at midnight of the school, so many days ago."""
    today = dates.on(now, zone)
    return {
        name: datetime.combine(today - timedelta(days=days - 1), time(), ZoneInfo(zone)) for name, days in AGES.items()
    }


def ages_of(span: str) -> tuple[str, ...]:
    """The ages that an entry of one span has: what is of today is of this week, too."""
    names = list(AGES)
    return tuple(names[names.index(span) :]) if span in AGES else (OLDER,)


def language_of(tag: str) -> str:
    """A language without its country, "none" where nobody said it."""
    return tag.split("-")[0].lower() or UNSAID


def _says(word: str) -> Q:
    told = Q(title__icontains=word) | Q(creator__icontains=word) | Q(summary__icontains=word)
    # folded title and maker stand in it, and the family of formats, which would answer to "book"
    return told if any(word in family for family in FAMILIES) else told | Q(match_key__contains=word)


def _keys_of(match_key: str) -> Iterable[str]:
    """The keys of the same title by the same maker, its own family of formats first."""
    known, _, own = match_key.rpartition("|")
    return dict.fromkeys(f"{known}|{family}" for family in (own, *FAMILIES)) if known.strip("|") else ()


async def _shelves(ids: Iterable[int], reader: Reader) -> dict[int, str]:
    """Where the copies of resources stand, by the id of the resource."""
    standing = Holding.filter(school_id=reader.school.id, resource_id__in=list(ids), gone_at__isnull=True)
    copies: Counter[int] = Counter()
    calls: dict[int, str] = {}
    for row in await standing.order_by("id").values("resource_id", "call_number", "copies"):
        copies[row["resource_id"]] += row["copies"]
        calls.setdefault(row["resource_id"], row["call_number"])
    return {
        number: ", ".join(filter(None, (calls[number], counted(many, "copy", "copies"))))
        for number, many in copies.items()
    }
