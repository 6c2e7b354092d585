"""What a resource says of itself in a few words, wherever it is shown: kind, length, shelf, site, whom it is for."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from engage.engagement.rules import Mode
from engage.people.rules import grade_name
from engage.resources.editions import read

WHERE = {"here": "In our library", "online": "Online now"}
# by name: words, lowest and highest grade; ages as DESIGN's list page says them, grades as bands group them
AGES = {
    "early": ("Ages 5 to 7", -1, 2),
    "middle": ("Ages 8 to 10", 3, 5),
    "upper": ("Ages 11 to 13", 6, 8),
    "high": ("Ages 14 and up", 9, 12),
}
# what can be had without waiting, as far as is known
READY = {"now": "Ready for you now"}
# by name: words, what is counted, from, to; pages rule where both are known
LENGTHS = {
    "thin": ("Under 50 pages", "pages", 1, 49),
    "middling": ("50 to 200 pages", "pages", 50, 200),
    "thick": ("Over 200 pages", "pages", 201, 1_000_000),
    "quick": ("Under 15 minutes", "minutes", 1, 14),
    "sitting": ("15 to 45 minutes", "minutes", 15, 45),
    "long": ("Over 45 minutes", "minutes", 46, 1_000_000),
}
HOURS_FROM = 90
# whom a thing is for, as a choice
GRADES = (
    ("", "Not said"),
    ("-1", "Preschool"),
    ("0", "Kindergarten"),
    *((str(grade), f"Grade {grade}") for grade in range(1, 13)),
)


def kind_and_length(format: str, mode: str, minutes: int | None, editions: str = "") -> str:
    """ "Picture book", "Video, 5 minutes", "Audiobook, 7 hours", "Book, also e-book". editions: as in Resource."""
    others = [str(each.format) for each in read(editions)][1:]
    also = ["also " + " and ".join(filter(None, [", ".join(others[:-1]), others[-1]]))] if others else []
    if not minutes or mode == Mode.READING:
        return ", ".join([kind_of(format), *also])
    length = counted(minutes, "minute") if minutes < HOURS_FROM else counted(round(minutes / 60), "hour")
    return ", ".join([kind_of(format), length, *also])


def kind_of(format: str) -> str:
    """ "Picture book"."""
    return str(format)[:1].upper() + str(format)[1:]


def edition_of(row: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    """What a holding or a link of a resource is, where not all of them are one thing: "Audiobook"; else ""."""
    return kind_of(row["format"] or resource["format"]) if resource["editions"] else ""


def on_shelf(copies: int | None, available: int | None, location: str) -> str:
    """Where the copies are, as far as the library knows; "" where it has none."""
    if copies is None:
        return ""
    if available is None:
        more = f"{copies} copies" if copies > 1 else ""
        return ", ".join(part for part in (location, more) if part)
    return f"{available} of {copies} on the shelf" if available else "All out"


def site_of(url: str, provider: str = "") -> str:
    """How a site is named: by the one who provides it, else by its host."""
    if provider or not url:
        return provider
    return (urlsplit(url).hostname or "").removeprefix("www.")


def for_grades(low: int | None, high: int | None) -> str:
    """ "Grades 2 to 5", "Grade 4 and up", "Preschool"; "" where nothing is known."""
    if low is None or (low < 0 and high is None):
        return ""
    if high is None:
        return f"Grade {grade_name(low)} and up"
    if high < 0:
        return "Preschool"
    first = "preschool" if low < 0 else grade_name(low)
    return f"Grade {first}" if low == high else f"Grades {first} to {grade_name(high)}"


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 page", "32 pages". many: the plural, where it is more than an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
