"""A resource as pages draw it: one line of a list, and the facts of its own page."""

from collections.abc import Mapping
from typing import Any

from engage.resources import isbn, languages, record, wording
from engage.resources.queries import Whole

NOTE = 160  # characters of a summary in a list


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """One thing that was found, for the macros that draw it."""
    return {
        **brief(row),
        "id": row["id"],
        "note": record.neat(row["summary"], NOTE),
        "language": row["language"],
        "call": row["call_number"] or "",
        "shelf": wording.on_shelf(row["copies"], row["available"], row["location"] or ""),
        "site": row["site"],
        "state": str(row["state"]),
    }


def brief(row: Mapping[str, Any]) -> dict[str, Any]:
    """A resource in one line: what it is called, by whom, and what it is."""
    return {
        "key": row["key"],
        "title": row["title"],
        "creator": row["creators"],
        "mode": str(row["mode"]),
        "format": wording.kind_and_length(row["format"], row["mode"], row["minutes"], row.get("editions", "")),
        "picture": row["picture"],
    }


def about(whole: Whole) -> list[tuple[str, str]]:
    """The facts of a resource that stand in its small table: what it is, in words."""
    row = whole.row
    long = wording.counted(row["minutes"], "minute") if row["minutes"] else ""
    thick = wording.counted(row["pages"], "page") if row["pages"] else ""
    facts = [
        ("Also called", row["other_titles"]),
        ("Series", row["series"]),
        ("Good for", wording.for_grades(row["audience_low"], row["audience_high"])),
        ("Length", " and ".join(filter(None, [thick, long]))),
        ("Access", access(row)),
        ("Language", languages.name_of(row["language"]) if row["language"] else ""),
        ("Published", ", ".join(filter(None, [row["publisher"], str(row["year"] or "")]))),
        ("Awards", "; ".join(each["term"] for each in whole.subjects if each["kind"] == "award")),
        ("ISBN", ", ".join(isbn.shown(number) for number in whole.isbns[:4])),
    ]
    return [(name, value) for name, value in facts if value]


ACCESS = {
    "captions": "captions",
    "transcript": "a transcript",
    "large_print": "large print",
    "audio_description": "audio description",
}


def access(row: Mapping[str, Any]) -> str:
    """Who can use it: "With captions and a transcript, without audio description"; "" where nobody has said."""
    has = [said for name, said in ACCESS.items() if row[name] is True]
    lacks = [said.removeprefix("a ") for name, said in ACCESS.items() if row[name] is False]
    told = [f"With {_all(has)}" if has else "", f"{'Without' if not has else 'without'} {_or(lacks)}" if lacks else ""]
    return ", ".join(filter(None, told))


def _all(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _or(words: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
