"""A saved search in its own words: what is chosen, what it would change on its list, and why each item stands there.

Pure. Source: PRODUCT.md, 2, "smart lists". The choices are kept by the names and values of a search's address.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engage.engagement.rules import Mode
from engage.resources import languages
from engage.resources.gathering import Order, Years
from engage.resources.rules import Format
from engage.resources.search import Wanted
from engage.resources.wording import AGES, LENGTHS, READY, WHERE

CHOICES = ("mode", "kind", "ages", "language", "where", "ready", "length", "subject", "from", "to")
WORDS, SUBJECT, LANGUAGE = 200, 200, 12
FIRST_YEAR, LAST_YEAR = 1000, 2100
ORDERS = {
    Order.NEWEST: "newest in the library first",
    Order.USED: "most used first",
    Order.TITLE: "by title",
    Order.BEST: "best match first",
}
MODES = {Mode.READING: "to read", Mode.VIEWING: "to watch", Mode.LISTENING: "to listen to"}
PLURALS = {"game": "games", "music": "music", "other": "other things"}


@dataclass(frozen=True)
class Search:
    """What refills a list. choices: by CHOICES, "" where nothing is chosen. most: items on the list, all counted."""

    words: str
    choices: Mapping[str, str]
    order: Order
    most: int

    @property
    def wanted(self) -> Wanted:
        """What to look for; a choice that is none any more is left out (SAFETY.md, S8)."""
        chosen = self.choices
        mode, format = chosen.get("mode", ""), chosen.get("kind", "")
        return Wanted(
            text=self.words,
            mode=Mode(mode) if mode in set(Mode) else None,
            format=Format(format) if format in set(Format) else None,
            band=_one_of(chosen.get("ages", ""), AGES),
            language=chosen.get("language", "")[:LANGUAGE],
            place=_one_of(chosen.get("where", ""), WHERE),
            ready=_one_of(chosen.get("ready", ""), READY),
            length=_one_of(chosen.get("length", ""), LENGTHS),
            subject=chosen.get("subject", "")[:SUBJECT],
        )

    @property
    def years(self) -> Years:
        """The years of publication."""
        return Years(year_of(self.choices.get("from", "")), year_of(self.choices.get("to", "")))

    @property
    def said(self) -> str:
        """The search in words: "graphic novels about owls, ages 8 to 10, in our library"."""
        wanted, years = self.wanted, self.years
        what = plural(wanted.format) if wanted.format else "things"
        if wanted.mode:
            what += f" {MODES[wanted.mode]}"
        parts = [what + (f" with “{self.words}”" if self.words else "")]
        if wanted.subject:
            parts[0] += f" about {wanted.subject}"
        if wanted.band:
            parts.append(_small(AGES[wanted.band][0]))
        if wanted.language:
            parts.append(f"in {languages.name_of(wanted.language)}")
        parts += [_small(name[key]) for name, key in ((WHERE, wanted.place), (READY, wanted.ready)) if key]
        if wanted.length:
            parts.append(_small(LENGTHS[wanted.length][0]))
        if years.first and years.last:
            parts.append(f"from {years.first} to {years.last}")
        elif years.first or years.last:
            parts.append(f"from {years.first} on" if years.first else f"up to {years.last}")
        return ", ".join(parts)


def _one_of(value: str, choices: Collection[str]) -> str:
    return value if value in choices else ""


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def plural(format: Format) -> str:
    """Several of a kind: "graphic novels", "music"."""
    name = str(format)
    return PLURALS.get(name, f"{name[:-1]}ies" if name.endswith("y") else f"{name}s")


def year_of(text: str) -> int | None:
    """A year that somebody chose, or None."""
    fits = text.isascii() and text.isdigit() and len(text) == 4
    return int(text) if fits and FIRST_YEAR <= int(text) <= LAST_YEAR else None


def packed(choices: Mapping[str, str]) -> str:
    """The choices as they are kept."""
    return json.dumps({name: choices[name] for name in CHOICES if choices.get(name)}, ensure_ascii=False)


def search_of(row: Mapping[str, Any]) -> Search:
    """The search of a row of SavedSearch: words facets order most."""
    kept = json.loads(row["facets"] or "{}")
    order = row["order"] if row["order"] in set(Order) else Order.NEWEST
    return Search(row["words"], {name: str(kept.get(name, "")) for name in CHOICES}, Order(order), row["most"])


def same(one: Search, other: Search) -> bool:
    """Whether two searches put the same on a list; what is not chosen may be written or left out."""
    return (one.words, packed(one.choices), one.order, one.most) == (
        other.words,
        packed(other.choices),
        other.order,
        other.most,
    )


@dataclass(frozen=True)
class Change:
    """What a refill does. add: ids of resources in the order of the search; remove: ids of items."""

    add: tuple[int, ...] = ()
    remove: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.add or self.remove)


def stays(item: Mapping[str, Any]) -> bool:
    """Whether a refill leaves an item alone: put on by hand, pinned, or somebody wrote about it."""
    return not item["found"] or item["pinned"] or bool(item["annotation"].strip()) or item["start_here"]


def refilled(items: Sequence[Mapping[str, Any]], found: Sequence[int], excluded: Collection[int], most: int) -> Change:
    """What makes a list hold what its search finds, as far as there is room beside what stays.

    items: rows with id resource_id found pinned annotation start_here. found: ids of resources, the best first.
    excluded: ids of resources that somebody kept out. Another order alone is no change.
    """
    kept = {item["resource_id"] for item in items if stays(item)}
    fitting = [number for number in found if number not in kept and number not in excluded]
    wanted = fitting[: max(0, most - len(kept))]
    there = {item["resource_id"]: item["id"] for item in items if not stays(item)}
    return Change(
        tuple(number for number in wanted if number not in there),
        tuple(item for number, item in there.items() if number not in set(wanted)),
    )


def why(item: Mapping[str, Any], search: Search | None, since: date | None, by: str) -> str:
    """Why an item stands on its list, as a sentence for the specialist.

    since: when the resource came into the library. by: who put it on or pinned it, "" where nobody is named.
    """
    person = f" by {by}" if by else ""
    if not item["found"]:
        return f"Added by hand{person}."
    here = f", in the library since {since.day} {since:%B %Y}" if since else ""
    found = f"Found by the search for {search.said}{here}." if search else f"Found by a search{here}."
    if item["pinned"]:
        return f"Pinned{person}. {found}"
    if stays(item):
        return f"{found} It stays, because somebody wrote about it or marked it."
    return found


def nothing_found(on: date) -> str:
    """The problem of a search that finds nothing."""
    return f"The search found nothing on {on.day} {on:%B %Y}, so the list keeps what it had."
