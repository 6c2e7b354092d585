"""The twelve lists of the demo, as lists.txt has them: what stands on each, in which part, how its poster is printed.

A list begins with "# " and its terms, then its introduction; "## " begins a part with its heading and line; all other
lines are titles of the catalogue.
"""

from dataclasses import dataclass, field
from pathlib import Path

LISTS = Path(__file__).with_name("lists.txt")


@dataclass
class Part:
    """A part of a list; heading "" where it has none."""

    heading: str
    line: str
    titles: list[str] = field(default_factory=list)


@dataclass
class Shelf:
    """A list. by: login of who made it. days: how long ago it was published. low, high: grades."""

    title: str
    school: str
    by: str
    ink: str
    scene: str
    days: int
    visibility: str
    low: int
    high: int
    introduction: str = ""
    parts: list[Part] = field(default_factory=list)

    @property
    def titles(self) -> list[str]:
        """Everything on it, in order."""
        return [title for part in self.parts for title in part.titles]


def shelves(school: str) -> dict[str, Shelf]:
    """The lists of a school by title, the oldest first."""
    return {shelf.title: shelf for shelf in _read() if shelf.school == school}


def _read() -> list[Shelf]:
    made: list[Shelf] = []
    for line in filter(None, LISTS.read_text(encoding="utf-8").splitlines()):
        if line.startswith("# "):
            title, school, by, ink, scene, days, visibility, low, high = line[2:].split(" | ")
            made.append(Shelf(title, school, by, ink, scene, int(days), visibility, int(low), int(high)))
        elif not made[-1].introduction:
            made[-1].introduction = line
        elif line.startswith("## "):
            heading, _, said = line[3:].partition(" | ")
            made[-1].parts.append(Part(heading, said))
        else:
            if not made[-1].parts:
                made[-1].parts.append(Part("", ""))
            made[-1].parts[-1].titles.append(line)
    return made
