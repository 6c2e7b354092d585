"""What is asked about programs. programs_for is the one place that decides which of them a reader sees (A3)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet, ValuesQuery

from engage import dates
from engage.database.asked import rows_of
from engage.errors import NotFound
from engage.lists.models import CuratedList, ListItem
from engage.lists.queries import lists_for, published_for
from engage.lists.rules import Visibility
from engage.people.alike import asked_by
from engage.people.models import DayOff
from engage.people.rules import Reader, SchoolCard, Scope
from engage.programs import terms
from engage.programs.activity_models import Activity, ProgramClass
from engage.programs.counting import Former
from engage.programs.freezing import thaw
from engage.programs.judging import ProgramRules
from engage.programs.models import (
    Award,
    Badge,
    Challenge,
    ChallengeResource,
    Enrolment,
    FormerRules,
    Program,
)
from engage.programs.rules import ChallengeKind, ProgramState, frozen_on
from engage.programs.terms import ListNow, Row

MOST_LISTS = 200
PROGRAM = (
    *("id", "key", "slug", "title", "introduction", "how", "kind", "state", "visibility", "ink", "scene"),
    *("starts", "ends", "joining", "credit", "backdate_days", "catching_up", "minimum", "streak_unit", "grace_days"),
    *("limits", "points", "completion", "grade_low", "grade_high", "rules_version", "version", "by_id", "published_at"),
    *("announced", "join_code", "tickets", "zone", "has_board"),
)
HELD = ("earned", "granted", "delivered", "kept by policy")


def programs_for(reader: Reader, joined: Sequence[int] | None = None) -> QuerySet[Program]:
    """The programs of this school that the reader may see (PRG01, PRG02), in whatever state they are.

    joined: the ids of those that the reader takes part in, where they are known; so nothing is asked about a person.
    """
    programs = Program.filter(school_id=reader.school.id)
    if reader.may("PRG01", Scope.SCHOOL):
        return programs
    seen = Q(visibility="public")
    if reader.id is not None and reader.roles and reader.answers("PRG02", Scope.SCHOOL) in "YP":
        seen |= Q(visibility="school")
    if reader.is_student and reader.grade is not None:
        fits = Q(grade_low=None) | Q(grade_low__lte=reader.grade)
        fits &= Q(grade_high=None) | Q(grade_high__gte=reader.grade)
        own = Enrolment.filter(school_id=reader.school.id, person_id=reader.id, left_at=None)
        seen &= fits | Q(id__in=Subquery(own.values("program_id")) if joined is None else list(joined))
    if rooms := reader.class_ids | reader.taught_ids:
        theirs = ProgramClass.filter(school_id=reader.school.id, school_class_id__in=sorted(rooms))
        seen |= Q(visibility__in=("classes", "school"), id__in=Subquery(theirs.values("program_id")))
    today = dates.today(reader.school.zone)
    shown = Q(seen, state=ProgramState.PUBLISHED) & (Q(announced=None) | Q(announced__lte=today))
    if reader.may("PRG01", Scope.CLASS):
        return programs.filter(shown | _run_by_teacher(reader))
    return programs.filter(shown)


def _run_by_teacher(reader: Reader) -> Q:
    """The programs that a teacher made, and those of classes that are all taught by the teacher (PRG01, own class)."""
    if not reader.taught_ids:
        return Q(by_id=reader.id)
    of = {"school_id": reader.school.id}
    taught = ProgramClass.filter(**of, school_class_id__in=sorted(reader.taught_ids))
    others = ProgramClass.filter(**of, school_class_id__not_in=sorted(reader.taught_ids))
    own = Q(joining="classes", id__in=Subquery(taught.values("program_id")))
    return Q(by_id=reader.id) | (own & ~Q(id__in=Subquery(others.values("program_id"))))


def programs_run_by(reader: Reader) -> QuerySet[Program]:
    """The programs that the reader may change and end (PRG01). Raises NotFound where there can be none."""
    programs = Program.filter(school_id=reader.school.id)
    if reader.may("PRG01", Scope.SCHOOL):
        return programs
    if not reader.may("PRG01", Scope.CLASS):
        raise NotFound("programs to run")
    return programs.filter(_run_by_teacher(reader))


async def program_for(reader: Reader, slug: str) -> dict[str, Any]:
    """One program that the reader may see, all its columns. Raises NotFound."""

    def make(asker: Reader, word: str) -> ValuesQuery[Any]:
        return programs_for(asker).filter(slug=word).limit(1).values(*PROGRAM)

    rows = await asked_by(reader, ("program", dates.today(reader.school.zone)), make, slug)
    if not rows:
        raise NotFound(slug)
    return rows[0]


async def programs_to_run(reader: Reader) -> list[dict[str, Any]]:
    """The programs that the reader may change, the newest first. Raises NotFound where there can be none."""
    return await programs_run_by(reader).order_by("-starts", "-id").limit(200).values(*PROGRAM, by_name="by__name")


async def program_to_run(reader: Reader, key: str) -> dict[str, Any]:
    """One program that the reader may change, by the key of the addresses of curating. Raises NotFound."""
    rows = await programs_run_by(reader).filter(key=key).limit(1).values(*PROGRAM)
    if not rows:
        raise NotFound(key)
    return rows[0]


async def may_run(reader: Reader, program_id: int) -> bool:
    """Whether the reader may change a program; asked of the table for teachers only."""
    if reader.may("PRG01", Scope.SCHOOL):
        return True
    return reader.may("PRG01", Scope.CLASS) and await programs_run_by(reader).filter(id=program_id).exists()


async def programs_on_show(reader: Reader) -> list[dict[str, Any]]:
    """The published programs that the reader may see, in the order of their first days; enrolled: the reader is in."""
    rows = await published(reader)
    joined = set(await enrolled_in(reader)) if reader.is_student else set()
    return [{**row, "enrolled": row["id"] in joined} for row in rows]


async def published(reader: Reader, joined: tuple[int, ...] | None = None) -> list[dict[str, Any]]:
    """The same without what is the reader's own. joined: as for programs_for."""

    def make(asker: Reader) -> ValuesQuery[Any]:
        rows = programs_for(asker, joined).filter(state=ProgramState.PUBLISHED)
        return rows.order_by("starts", "id").values(*PROGRAM)

    return await asked_by(reader, ("programs on show", joined, dates.today(reader.school.zone)), make)


async def enrolled_in(reader: Reader) -> dict[int, date]:
    """The programs that the reader takes part in, by id, each with the day of joining."""
    rows = Enrolment.filter(school_id=reader.school.id, person_id=reader.id, left_at=None)
    return dict(await rows.values_list("program_id", "joined_on"))


@dataclass(frozen=True)
class Terms:
    """A program with everything that counting needs. former: earlier published rules.

    challenges, badges, activities: their rows in order; activities that were taken away stay, with their last day.
    lists: what stands on each list challenge's list, by the challenge's id.
    """

    program: Row
    challenges: tuple[Row, ...]
    badges: tuple[Row, ...]
    lists: Mapping[int, ListNow]
    rules: ProgramRules
    former: tuple[Former, ...] = field(default=())
    activities: tuple[Row, ...] = ()

    @property
    def activity_keys(self) -> list[str]:
        """The keys of the activities and prompts."""
        return [row["key"] for row in self.activities]

    def is_final(self, today: date) -> bool:
        """Whether its result changes no more, by the school's day."""
        last = frozen_on(self.program["ends"], self.program["catching_up"])
        return last is not None and last < today


async def terms_of(school: SchoolCard, program_ids: Collection[int]) -> dict[int, Terms]:
    """The terms of programs by id, in eight statements however many they are."""
    return await terms_in(school, await Program.filter(school_id=school.id, id__in=list(program_ids)).values(*PROGRAM))


async def terms_in(school: SchoolCard, programs: Sequence[Row]) -> dict[int, Terms]:
    """The same where the rows of the programs are known."""
    program_ids = [program["id"] for program in programs]
    of = {"school_id": school.id, "program_id__in": program_ids}
    challenges = (
        await Challenge.filter(**of)
        .order_by("position", "id")
        .values(
            *CHALLENGE,
            list_changed_at="curated__changed_at",
            list_slug="curated__slug",
            list_title="curated__title",
        )
    )
    badges = await Badge.filter(**of).order_by("position", "id").values(*BADGE)
    activities = Activity.filter(school_id=school.id, challenge__program_id__in=program_ids)
    acts = await activities.order_by("position", "id").values(*ACTIVITY, program_id="challenge__program_id")
    today = dates.today(school.zone)
    over = {
        row["id"]: last for row in programs if (last := frozen_on(row["ends"], row["catching_up"])) and last < today
    }
    lists = await lists_of(school, challenges, over)
    off = await DayOff.filter(school_id=school.id).values_list("on", flat=True)
    former: dict[int, list[Former]] = {}
    for row in await FormerRules.filter(**of).order_by("number").values("program_id", "rules", "until"):
        former.setdefault(row["program_id"], []).append(Former(thaw(row["rules"]), row["until"]))
    found = {}
    for program in programs:
        own = tuple(row for row in challenges if row["program_id"] == program["id"])
        seals = tuple(row for row in badges if row["program_id"] == program["id"])
        mine = {row["id"]: lists[row["id"]] for row in own if row["kind"] == ChallengeKind.LIST}
        to_do = tuple(row for row in acts if row["program_id"] == program["id"])
        rules = terms.rules_of(program, own, seals, mine, [_day(day) for day in off], school.zone, to_do)
        found[program["id"]] = Terms(program, own, seals, mine, rules, tuple(former.get(program["id"], ())), to_do)
    return found


CHALLENGE = (
    "id",
    "key",
    "program_id",
    "position",
    "title",
    "kind",
    "unit",
    "goal",
    "minimum",
    "modes",
    "repeats",
    "curated_id",
    "required",
    "details",
)
ACTIVITY = (
    *("id", "key", "challenge_id", "position", "kind", "title", "instructions", "code"),
    *("most", "most_a_day", "on", "gone_on"),
)
BADGE = ("id", "key", "program_id", "position", "title", "description", "rule", "shape", "ink", "mark")


def lists_to_ask_for(by: Reader) -> QuerySet[CuratedList]:
    """The lists that a challenge may ask for: published ones that the reader sees and that are not for staff alone."""
    return published_for(by).exclude(visibility=Visibility.STAFF)


async def lists_to_choose(by: Reader) -> list[dict[str, Any]]:
    """The newest of them: key slug title."""
    rows = lists_to_ask_for(by).order_by("-published_at", "-id").limit(MOST_LISTS)
    return await rows.values("key", "slug", "title")


async def lists_seen(reader: Reader, terms: Terms) -> set[int]:
    """The ids of the lists that challenges ask for and that the reader may see now; terms may be older."""
    asked = {row["curated_id"] for row in terms.challenges} - {None}
    if not asked:
        return set()

    def make(asker: Reader) -> ValuesQuery[Any]:
        return lists_for(asker).filter(id__in=sorted(asked)).values("id")

    return {row["id"] for row in await asked_by(reader, ("lists seen", *sorted(asked)), make)}


async def lists_of(
    school: SchoolCard, challenges: Collection[Row], over: Mapping[int, date] | None = None
) -> dict[int, ListNow]:
    """What stands and stood on the lists of these challenges, by the challenge's id, in two statements.

    What left a list and has not been noted yet left it on the day of the list's last change. The order is that of the
    list when the first student was counted; what came onto it later is last, however the list is ordered since.
    over: the programs whose result is final, with the last day that could change it; their lists are those of then.
    """
    curated = {row["curated_id"] for row in challenges if row["curated_id"] is not None}
    items = ListItem.filter(school_id=school.id, curated_id__in=curated)
    on_list: dict[int, dict[int, str]] = {}
    columns = ("curated_id", "resource_id", "resource__key")
    for number, resource, key in await items.order_by("position", "id").values_list(*columns):
        on_list.setdefault(number, {})[resource] = key
    noted = ChallengeResource.filter(school_id=school.id, challenge_id__in=[row["id"] for row in challenges])
    kept: dict[int, dict[int, tuple[date | None, str]]] = {}
    for challenge, resource, until, key in await noted.order_by("id").values_list(
        "challenge_id", "resource_id", "until", "resource__key"
    ):
        kept.setdefault(challenge, {})[resource] = (until, key)
    found = {}
    for row in challenges:
        then, last = kept.get(row["id"], {}), (over or {}).get(row["program_id"])
        if last is not None and then:
            found[row["id"]] = _list_then(then, last)
        else:
            found[row["id"]] = _list_now(row, on_list, then, school.zone)
    return found


def _list_then(kept: Mapping[int, tuple[date | None, str]], last: date) -> ListNow:
    """The list of a challenge as it was noted on the last day of its program (PRODUCT.md, section 4, rule 20)."""
    on = {number: key for number, (until, key) in kept.items() if until is None or until > last}
    return ListNow(on, {number: until for number, (until, _) in kept.items() if until is not None and until <= last})


def _list_now(
    row: Row, on_list: Mapping[int, dict[int, str]], kept: Mapping[int, tuple[date | None, str]], zone: str
) -> ListNow:
    if row["curated_id"] is None:
        # the list is gone; what stood on it then can still be done
        on = {number: key for number, (until, key) in kept.items() if until is None}
        return ListNow(on, {number: until for number, (until, _) in kept.items() if until is not None})
    stands = on_list.get(row["curated_id"], {})
    on = {number: stands[number] for number in kept if number in stands} | stands
    changed_on = dates.on(row["list_changed_at"], zone)
    gone = {number: until or changed_on for number, (until, _) in kept.items() if number not in on}
    return ListNow(on, gone, on.keys() == {number for number, (until, _) in kept.items() if until is None})


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


async def badges_held(reader: Reader) -> list[dict[str, Any]]:
    """The badges that the reader holds, the newest first."""
    badge = {name: f"badge__{name}" for name in ("title", "shape", "ink", "mark")}

    def make(asker: Reader) -> ValuesQuery[Any]:
        rows = Award.filter(school_id=asker.school.id, person_id=asker.id, state__in=HELD)
        newest = rows.order_by("-earned_on", "-id")
        return newest.values("earned_on", "state", **badge, program="program__title", slug="program__slug")

    return await asked_by(reader, "badges held", make)


TOGETHER = """
SELECT COUNT(*) AS people, SUM(amount) AS added FROM progress
WHERE school_id = {0} AND challenge_id = {1} AND amount > 0
"""


async def together(school_id: int, challenge_id: int) -> tuple[int, int]:
    """How many have done something in one challenge, and what they have done, added up."""
    ((people, added),) = await rows_of(TOGETHER, [school_id, challenge_id])
    return int(people), int(added or 0)


@dataclass(frozen=True)
class Figures:
    """How a program goes, without names. challenges: done by challenge id; badges: held by badge id."""

    joined: int
    completed: int
    minutes: int
    titles: int
    challenges: Mapping[int, int]
    badges: Mapping[int, int]


# of a program: who takes part, what they came to, and how many reached each challenge and hold each badge
FIGURES = f"""
SELECT 'joined' AS what, 0 AS of_id, COUNT(*) AS number, 0 AS titles FROM enrolment
WHERE school_id = {{0}} AND program_id = {{1}} AND left_at IS NULL
UNION ALL SELECT 'completed', 0, COUNT(*), 0 FROM standing
WHERE school_id = {{0}} AND program_id = {{1}} AND completed_on IS NOT NULL
UNION ALL SELECT 'minutes', 0, COALESCE(SUM(minutes), 0), COALESCE(SUM(titles), 0) FROM standing
WHERE school_id = {{0}} AND program_id = {{1}}
UNION ALL SELECT 'challenge', challenge_id, COUNT(*), 0 FROM progress
WHERE school_id = {{0}} AND program_id = {{1}} AND done_on IS NOT NULL GROUP BY challenge_id
UNION ALL SELECT 'badge', badge_id, COUNT(*), 0 FROM award
WHERE school_id = {{0}} AND program_id = {{1}} AND state IN ({", ".join(f"'{state}'" for state in HELD)})
GROUP BY badge_id
"""


async def figures_of(reader: Reader, program_id: int) -> Figures:
    """The figures of a program for the staff who may see them (PRG06, REP02), in one statement."""
    found: dict[str, dict[int, int]] = {what: {} for what in ("joined", "completed", "minutes", "challenge", "badge")}
    finished = 0
    for what, number, amount, titles in await rows_of(FIGURES, [reader.school.id, program_id]):
        found[what][number] = amount
        finished += titles
    joined, completed, minutes = (found[what][0] for what in ("joined", "completed", "minutes"))
    return Figures(joined, completed, minutes, finished, found["challenge"], found["badge"])
