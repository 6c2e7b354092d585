"""What stands on a certificate: values for templates/paper/certificate.typ, pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engage.people.rules import SchoolCard
from engage.programs.rules import Unit, counted
from engage.web.art.badges import whole_seal
from engage.web.art.posters import frame
from engage.web.paper import SHEETS, Paper, drawing, plain

# the border is drawn in squares of SQUARE units, as near to so many along the longer side as fits the sheet
ALONG, SQUARE = 33, 36
NAME, TITLE, OFFICE = 80, 120, 60
LOGO = (
    '<svg viewBox="0 0 32 32" width="32" height="32"><path fill="#1A2233" d="M3 2h7v28H3z"/>'
    '<path fill="#C93A23" d="M11.5 2H29v7.5H11.5z"/><path fill="#F2B02E" d="M11.5 12.2 25 16l-13.5 3.8z"/>'
    '<path fill="#1F6E4A" d="M11.5 22.5h13.7a3.75 3.75 0 0 1 0 7.5H11.5z"/></svg>'
)


@dataclass(frozen=True)
class Sheet:
    """Whose certificate, the day it was earned, and the days on which that person took part (0 for not said)."""

    name: str
    on: date
    days: int = 0


@dataclass(frozen=True)
class Certificate:
    """What is certified. badge: its row, None for the whole program. signed: the name and office below the line."""

    program: Mapping[str, Any]
    badge: Mapping[str, Any] | None
    signed: tuple[str, str]

    @property
    def title(self) -> str:
        """What was achieved: the badge, or the program."""
        return str((self.badge or self.program)["title"])


def values_of(what: Certificate, sheets: Sequence[Sheet], school: SchoolCard, paper: Paper) -> dict[str, Any]:
    """The certificates of several people on a sheet each, the longer side across."""
    high, wide = SHEETS[paper]
    rows = round(ALONG * high / wide)
    look = what.badge or {"shape": "round", "ink": what.program["ink"], "mark": ""}
    signed, office = what.signed
    seal, number, colour = whole_seal(what.title, look["shape"], look["ink"], look["mark"])
    return {
        "paper": str(paper),
        "lang": school.language[:2] or "en",
        "title": plain(what.title, TITLE),
        "school": plain(school.name if "library" in school.name.lower() else f"{school.name} Library", TITLE),
        "frame": drawing(str(frame(ALONG * SQUARE, rows * SQUARE, SQUARE))),
        "cell": wide / ALONG,
        "logo": drawing(LOGO),
        "seal": drawing(seal),
        "number": number,
        "number_ink": colour,
        "say": "This is to say that",
        "within": plain(f"in {what.program['title']}", TITLE) if what.badge else "",
        "signed": plain(signed, NAME),
        "office": plain(office, OFFICE),
        "day": "Date",
        "sheets": [
            {"name": plain(one.name, NAME), "lines": _lines(what, one), "on": f"{one.on.day} {one.on:%B %Y}"}
            for one in sheets
        ],
    }


def _lines(what: Certificate, one: Sheet) -> list[str]:
    if what.badge is not None:
        return ["has earned the badge"]
    return [f"took part on {counted(one.days, Unit.DAYS)}", "and completed"] if one.days else ["has completed"]
