"""From the table of SAFETY.md and the rows of the service: who asks for what, and how the answer may be. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engage.evaluation.framework import CRITERIA
from engage.evaluation.indicators import INDICATORS
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
# what a path names, by the words before it; the longest that fits. What is not here gets a key that nobody has; what
# begins with = is the same at every school
NAMES = {
    "/lists/{slug}": "list",
    "/curate/lists/{key}": "list",
    "/curate/lists/{key}/items/{item}": "list_item",
    "/curate/lists/{key}/parts/{part}": "section",
    "/curate/lists/{key}/comments/{comment}": "list_comment",
    "/curate/lists/{key}/suggestions/{suggestion}": "suggestion",
    "/me/suggestions/{suggestion}": "my_suggestion",
    "/programs/{slug}": "program",
    "/programs/{slug}/challenges/{key}": "challenge",
    "/programs/{slug}/drawings/{drawing}": "frozen_drawing",
    "/programs/{slug}/hand-out/{prize}": "prize",
    "/programs/{slug}/hand-out/{prize}/{person}": "student",
    "/curate/programs/{key}": "program",
    "/curate/programs/{key}/badges/{badge}": "badge",
    "/curate/programs/{key}/challenges/{challenge}": "challenge",
    "/curate/programs/{key}/challenges/{challenge}/things/{activity}": "activity",
    "/curate/programs/{key}/drawings/{drawing}": "drawing",
    "/curate/programs/{key}/messages/{message}": "program_message",
    "/curate/programs/{key}/people/{student}/badges/{badge}": "badge",
    "/curate/programs/{key}/people/{student}/entries/{entry}": "log_entry",
    "/curate/programs/{key}/prizes/{prize}": "prize",
    "/curate/programs/{key}/teams/{team}": "team",
    "/batches/{key}": "log_batch",
    "/classes/{key}": "class",
    "/classes/{key}/assignments/{assignment}": "assignment",
    "/assignments/{assignment}": "assignment",
    "/me/assignments/{assignment}": "my_assignment",
    "/me/hand-ins/{key}": "my_hand_in",
    "/me/inquiries/{key}": "my_inquiry",
    "/me/inquiries/{key}/sources/{source}": "my_inquiry_source",
    "/me/log/{key}": "my_log_entry",
    "/me/family/{key}": "my_family_link",
    "/inquiries/{key}": "inquiry",
    "/units/{key}": "unit",
    "/units/{key}/lessons/{session}": "unit_session",
    "/units/{key}/lists/{curated}": "list",
    "/library-help/{key}": "help_request",
    "/curate/library-help/{key}": "help_request",
    "/requests/{key}": "my_request",
    "/curate/requests/{key}": "purchase_request",
    "/admin/classes/{key}": "class",
    "/resources/{key}": "resource",
    "/curate/resources/{key}": "resource",
    "/curate/lists/add/{resource}": "resource",
    "/opds2/resources/{key}": "resource",
    "/curate/sources/{key}": "source",
    "/curate/inbox/words/{key}": "mute_rule",
    "/curate/imports/{key}": "import",
    "/curate/links/{key}": "link",
    "/curate/announcements/{key}": "announcement",
    "/curate/booktalks/{key}": "booktalk",
    "/booktalks/{key}": "booktalk",
    "/curate/displays/{key}": "display",
    "/curate/newsletter/{key}": "digest",
    "/curate/loans/{key}": "loan_file",
    "/standards/{key}": "framework",
    "/evaluation/{cycle}": "cycle",
    "/evaluation/{cycle}/criteria/{code}": f"={next(iter(CRITERIA))}",
    "/evaluation/{cycle}/actions/{key}": "planned_action",
    "/evaluation/{cycle}/evidence/{key}": "evidence",
    "/evaluation/{cycle}/frozen/{key}": "frozen_report",
    "/evaluation/{cycle}/objectives/{key}": "objective",
    "/evaluation/frameworks/{key}": "practice_framework",
    "/evaluation/frameworks/{key}/criteria/{code}": f"={next(iter(CRITERIA))}",
    "/evaluation/indicators/{figure}": f"={next(iter(INDICATORS))}",
    "/evaluation/surveys/{key}": "survey",
    "/evaluation/surveys/{key}/questions/{question}": "survey_question",
    "/evaluation/surveys/{key}/texts/{text}": "survey_text",
    "/surveys/{key}": "survey",
    "/groups/{key}": "group",
    "/admin/people/{key}": "person",
    "/admin/staff/{person}": "person",
    "/admin/records/{student}": "student",
    "/admin/rosters/{key}": "roster_import",
    "/admin/moves/{key}": "student_move",
    "/admin/tokens/{key}": "api_token",
    "/admin/disclosed/{key}": "recall",
    "/admin/outside/{key}": "endpoint",
    "/admin/outside/{key}/agreements/{agreement}": "agreement",
    "/devices/{device}": "device",
    "/glass/{key}": "break_glass",
    "/students/{student}": "student",
    "/curate/reviews/{key}": "review",
    "/reviews/{key}": "review",
    "/admin/sign-in/elsewhere/{key}": "provider",
    "/admin/platforms/{key}": "platform",
}
# addresses that answer for some of a kind only
EXACTLY = {
    **dict.fromkeys((f"/admin/people/{{key}}/{act}" for act in ("change", "move")), "student"),
    **dict.fromkeys((f"/curate/lists/{{key}}/{act}" for act in ("publish", "delete")), "draft"),
    "/me/assignments/{assignment}": "asked",
    "/programs/{slug}/join": "open_program",
    "/curate/imports/{key}/copies": "marc_import",
    **dict.fromkeys(
        (f"/evaluation/surveys/{{key}}/{act}" for act in ("change", "questions", "open", "delete")), "draft_survey"
    ),
    "/evaluation/surveys/{key}/results.csv": "closed_survey",
    "/evaluation/surveys/{key}/results.xlsx": "closed_survey",
}
STUDENT_OF = re.compile(r"/(classes|programs)/\{\w+\}/(students|log|people)/\{student\}$")
# by whom every row is asked, and who has two roles; what one does of one's own with a thing of the school
ALL_ROWS, BOTH, FEW = "sam", "wilma", {"visitor": ("public", "school"), "tom": ("school", "draft")}
SAME_CHECK = 6
# papers and pictures, which are asked for by themselves
DRAWN = (".pdf", ".png")
# desks at which others decide about what somebody may ask for (Q): shut to who asks
DESKS = tuple(
    f"/{{school}}/{desk}"
    for desk in ("curate/requests", "curate/inbox", "curate/sources", "curate/announcements", "curate/newsletter")
)
OPENERS = {"ada": "L", "alma": "A", "dora": "D", "tom": "T", "sam": "S"}
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
            exactly = EXACTLY.get(path.removeprefix("/{school}"), NAMES.get(before, ""))
            of_student = STUDENT_OF.search(before)
            kind = exactly if of_student is None else "student" if of_student[1] == "classes" else "participant"
            found.append((parameter[1], kind))
    return tuple(found)


def asks(
    rows: Sequence[Row], told: dict[str, dict[str, str]], people: dict[str, Sequence[str]], whole: bool = False
) -> Iterator[Ask]:
    """Every request that tells cells apart. people: who asks -> the columns that their roles stand in.

    What the guard refuses depends on the act alone, so for that one row of each act is asked by everybody, and each
    other row by a student, a teacher and who may most; of acts that many rows share, the first rows are asked by
    everybody. The forms of a list are asked for by few, its page by all. whole: every row by everybody.
    """
    met: Counter[str] = Counter()
    for row in rows:
        if row.act == OPEN or not row.of_school:
            continue
        met[row.act] += not row.path.endswith(DRAWN)
        first, many = met[row.act] == 1, met[row.act] > SAME_CHECK
        names = names_in(row.path)
        of_list = bool(names) and names[0][1] == "list" and row.act in ("LST01", "LST14")
        of_program = bool(names) and names[0][1] == "program" and row.act == "PRG02"
        for who, columns in people.items():
            short = of_list and row.path not in PAGES_OF_LISTS
            if not whole:
                if short and who not in FEW:
                    continue
                if who not in (ALL_ROWS, "tom", opener(told[row.act])) and many and not of_list:
                    continue
                if who == BOTH and not (first or row.path in PAGES_OF_LISTS):
                    continue
            plain = Ask(row, row.methods[0], who, row.act, "school", "", names, "public" if of_list else "")
            at_home = [strongest(told[row.act], columns, scope) for scope in SCOPES[:3]]
            if not ENTERS & set(at_home) and (first or whole or who == ALL_ROWS):
                yield from (replace(plain, method=one, letter="x" if "x" in at_home else "n") for one in row.methods)
            seen = SEEN if of_list else {"": row.act}
            if of_program:
                seen = {"school": row.act} if len(names) > 1 else {"school": row.act, "public": row.act}
            for visibility, act in seen.items():
                if short and not whole and visibility not in FEW[who]:
                    continue
                like = replace(plain, act=act, visibility=visibility)
                cells = for_school_only(told[act]) if of_program and visibility == "school" else told[act]
                away = strongest(cells, (*columns, "V"), "elsewhere")
                stranger = {strongest(told[row.act], ("V",), scope) for scope in SCOPES[:3]}
                if away != "-" and (first or whole or ENTERS & stranger):
                    yield replace(like, scope="elsewhere", letter="x" if away == "n" and "x" in stranger else away)
                if ENTERS & set(at_home):
                    yield from _inside(like, cells, columns)


def opener(cells: dict[str, str]) -> str:
    """Who may most of an act."""
    return next((who for who, column in OPENERS.items() if "Y" in cells[column]), "")


def for_school_only(cells: dict[str, str]) -> dict[str, str]:
    """The letters of a thing that the school alone sees, of an act whose letters are of what all see."""
    return {column: "--nn" if column == "V" else f"{letters[:3]}n" for column, letters in cells.items()}


def _inside(like: Ask, cells: dict[str, str], columns: Sequence[str]) -> Iterator[Ask]:
    """What somebody asks whom the guard lets in at the own school, of things near and far."""
    at_home = [strongest(cells, columns, scope) for scope in SCOPES[:3]]
    best = max(at_home, key=STRENGTH.index)
    methods = like.row.methods
    if not like.names or (like.act.startswith(ONESELF) and like.names[0][1] in ("resource", "program", "open_program")):
        # nothing is named, or the thing is the school's and what is done with it one's own
        yield from (replace(like, method=one, scope="school", letter=best) for one in methods)
        return
    for scope, letter in zip(SCOPES, at_home, strict=False):
        rank = STRENGTH.index(letter)
        # who has no class of their own: a thing of a class is one of the school, and one's own as well, where it has no
        # letter of its own; figures of one's own are so, too
        no_class = scope == "class" and not {"S", "T"} & set(columns)
        figures = scope == "mine" and (at_home[2] == "A" or (letter == "n" and not {"S", "T"} & set(columns)))
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
    if ask.letter in EITHER and ask.row.path.startswith(DESKS):
        return status in (403, 404)
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
