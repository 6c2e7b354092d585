"""From the table of SAFETY.md and the rows of the service: who asks for what, and how the answer may be. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engage.web.routing import OPEN, PARAMETER, Row

SAFETY = Path(__file__).parents[3] / "shared" / "SAFETY.md"
LINE = re.compile(r"[A-Z]{3}\d{2}")
COLUMNS = ("V", "S", "T", "L", "A", "D")
SCOPES = ("mine", "class", "school", "elsewhere")
STRENGTH = "-nxQBAPY"
# who has one of these enters, with more or less to see; B is shut without an open glass, Q may be
OPENS, EITHER, ENTERS = frozenset("YPA"), frozenset("Q"), frozenset("YPAQB")
# acts whose P means "only what this librarian runs": the world's librarian runs nothing of others (reading notes)
ONLY_OWN = frozenset({"PRG05", "PRG06", "LOG06", "CLS07", "CLS01"})
# what a path names, by the words before it; the longest that fits. What is not here gets a key that nobody has
NAMES = {
    "/lists/{slug}": "list",
    "/curate/lists/{key}": "list",
    "/programs/{slug}": "program",
    "/curate/programs/{key}": "program",
    "/classes/{key}": "class",
    "/admin/classes/{key}": "class",
    "/resources/{key}": "resource",
    "/curate/resources/{key}": "resource",
    "/opds2/resources/{key}": "resource",
    "/curate/sources/{key}": "source",
    "/groups/{key}": "group",
    "/admin/people/{key}": "person",
    "/admin/staff/{person}": "person",
    "/admin/records/{student}": "student",
    "/students/{student}": "student",
    "/curate/reviews/{key}": "review",
    "/reviews/{key}": "review",
    "/admin/sign-in/elsewhere/{key}": "provider",
}
STUDENT_OF = re.compile(r"/(classes|programs)/\{\w+\}/(students|log|people)/\{student\}$")
# by whom every row is asked, and who has two roles; what one does of one's own with a thing of the school
ALL_ROWS, BOTH, FEW = "sam", "wilma", {"visitor": ("public", "school"), "tom": ("school", "draft")}
SAME_CHECK = 6
ONESELF = ("LOG", "REV01", "PRG03", "PRG09")
PAGES_OF_LISTS = ("/{school}/lists/{slug}", "/{school}/lists/{slug}.json", "/{school}/lists/{slug}.csv")
# lists are seen by who they are for, whatever the row says of public ones
SEEN = {"public": "LST01", "school": "LST02", "classes": "LST03", "draft": "LST04"}


def table(text: str) -> dict[str, dict[str, str]]:
    """Act -> column -> four letters. The rows of eight columns whose id is three letters and two digits."""
    rows = ([cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines())
    return {
        row[0]: dict(zip(COLUMNS, row[2:], strict=True)) for row in rows if len(row) == 8 and LINE.fullmatch(row[0])
    }


def strongest(cells: dict[str, str], columns: Sequence[str], scope: str) -> str:
    """What roles that add up may do."""
    return max((cells[column][SCOPES.index(scope)] for column in columns), key=STRENGTH.index)


@dataclass(frozen=True)
class Ask:
    """One request. names: parameter -> kind of thing, "" for a key that nobody has. act, letter: which cell it is of.

    foreign: the thing of another school, asked for at one's own.
    """

    row: Row
    method: str
    who: str
    act: str
    scope: str
    letter: str
    names: tuple[tuple[str, str], ...]
    visibility: str = ""
    foreign: bool = False

    @property
    def known(self) -> bool:
        """Whether everything that it names is there."""
        return all(kind for _, kind in self.names)

    @property
    def cell(self) -> tuple[str, str, str]:
        return self.act, self.who, self.scope


def names_in(path: str) -> tuple[tuple[str, str], ...]:
    """What the parameters of a path stand for."""
    found = []
    for parameter in PARAMETER.finditer(path):
        before = path.removeprefix("/{school}")[: parameter.end() - len("/{school}")]
        if parameter[1] != "school":
            kind = "student" if STUDENT_OF.search(before) else NAMES.get(before, "")
            found.append((parameter[1], kind))
    return tuple(found)


def asks(rows: Sequence[Row], told: dict[str, dict[str, str]], people: dict[str, Sequence[str]]) -> Iterator[Ask]:
    """Every request that tells cells apart. people: who asks -> the columns that their roles stand in.

    What the guard refuses depends on the act alone, so for that one row of each act is asked by everybody, and each
    other row by a student; of acts that many rows share, the first rows are asked by everybody, and each by a student
    and a teacher. The forms of a list are asked for by few, its page by all.
    """
    met: Counter[str] = Counter()
    for row in rows:
        if row.act == OPEN or not row.of_school:
            continue
        met[row.act] += 1
        first, many = met[row.act] == 1, met[row.act] > SAME_CHECK
        names = names_in(row.path)
        of_list = bool(names) and names[0][1] == "list" and row.act in ("LST01", "LST14")
        for who, columns in people.items():
            short = of_list and row.path not in PAGES_OF_LISTS
            if short and who not in FEW:
                continue
            if who not in (ALL_ROWS, "tom") and many and not of_list:
                continue
            if who == BOTH and not (first or row.path in PAGES_OF_LISTS):
                continue
            plain = Ask(row, row.methods[0], who, row.act, "school", "", names, "public" if of_list else "")
            at_home = [strongest(told[row.act], columns, scope) for scope in SCOPES[:3]]
            if not ENTERS & set(at_home) and (first or who == ALL_ROWS):
                yield replace(plain, letter="x" if "x" in at_home else "n")
            seen = SEEN if of_list else {"": row.act}
            for visibility, act in seen.items():
                if short and visibility not in FEW[who]:
                    continue
                like = replace(plain, act=act, visibility=visibility)
                away = strongest(told[act], (*columns, "V"), "elsewhere")
                stranger = {strongest(told[row.act], ("V",), scope) for scope in SCOPES[:3]}
                if away != "-" and (first or ENTERS & stranger):
                    yield replace(like, scope="elsewhere", letter="x" if away == "n" and "x" in stranger else away)
                if ENTERS & set(at_home):
                    yield from _inside(like, told[act], columns)


def _inside(like: Ask, cells: dict[str, str], columns: Sequence[str]) -> Iterator[Ask]:
    """What somebody asks whom the guard lets in at the own school, of things near and far."""
    at_home = [strongest(cells, columns, scope) for scope in SCOPES[:3]]
    best = max(at_home, key=STRENGTH.index)
    methods = like.row.methods
    if not like.names or (like.act.startswith(ONESELF) and like.names[0][1] in ("resource", "program")):
        # nothing is named, or the thing is the school's and what is done with it one's own
        yield from (replace(like, method=one, scope="school", letter=best) for one in methods)
        return
    for scope, letter in zip(SCOPES, at_home, strict=False):
        rank = STRENGTH.index(letter)
        # who has no class of their own: a thing of a class is one of the school; figures of one's own are so, too
        no_class = scope == "class" and not {"S", "T"} & set(columns)
        figures = scope == "mine" and at_home[2] == "A"
        if letter != "-" and not ((no_class or figures) and rank < STRENGTH.index(at_home[2])):
            yield from (replace(like, method=one, scope=scope, letter=letter) for one in methods)
    away = strongest(cells, columns, "elsewhere")
    if like.known and like.visibility in ("", "draft") and away != "-":
        yield from (replace(like, method=one, scope="elsewhere", letter=away, foreign=True) for one in methods)


def fits(ask: Ask, status: int) -> bool:
    """Whether an answer is as the letter says; 303, 304 and 422 are those of somebody who was let in."""
    entered = status in (200, 303, 304, 422)
    if ask.foreign:
        return status == 404 or (status == 403 and ask.letter == "x")
    if ask.letter in EITHER:
        return entered or status in (403, 404)
    if not ask.known and ask.letter in OPENS:
        return True  # what nobody has tells nothing of a yes
    if ask.letter == "P" and ask.act in ONLY_OWN:
        return entered or status == 404
    if ask.letter in OPENS:
        return entered
    if not ask.known:
        return status in (403, 404, 422)  # some look at the form before they look for what nobody has
    return status == (403 if ask.letter == "x" else 404)
