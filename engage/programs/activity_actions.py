"""What a student does in a program besides logging: an activity, a prompt, an own goal; and takes an activity back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from secrets import token_hex
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.dates import spoken
from engage.engagement.diary import Who
from engage.errors import NotFound, Refused
from engage.people.rules import Reader
from engage.programs.actions import myself
from engage.programs.activity_models import ActivityDone, OwnGoal
from engage.programs.activity_rules import check_caps, check_doable, doings, roots_answered, standing_in_place
from engage.programs.facts import Facts
from engage.programs.joining_rules import phase_of
from engage.programs.loading import facts_of
from engage.programs.models import Enrolment, LogEntry
from engage.programs.queries import Terms, program_for, terms_of
from engage.programs.rules import LARGEST, ActivityKind, ChallengeKind, Credit, Phase, check_day
from engage.programs.settling import Change, hold, settle
from engage.programs.voting import check_vote, nominees

SENT_BEFORE = "This form was sent before, with something else in it. Open the page anew."
TAKES_PLACE = frozenset({Phase.RUNNING, Phase.CATCHING_UP})


@dataclass(frozen=True)
class Did:
    """What became of an act. done: the key of the activity done, "" for an own goal. repeated: it was done before."""

    done: str
    title: str
    changes: tuple[Change, ...] = ()
    repeated: bool = False


@dataclass(frozen=True)
class _Part:
    """A student's part in a program that takes place."""

    who: Who
    terms: Terms
    joined_on: date
    today: date


@one_transaction
async def do_activity(slug: str, activity: str, form_key: str, by: Reader, given: str = "", entry: str = "") -> Did:
    """Do an activity, or answer a prompt, of a program that one takes part in.

    given: the code word or the answer. entry: the key of the own log entry that answers a prompt.
    Raises NotFound, Refused.
    """
    part = await _part(slug, by)
    row = next((one for one in part.terms.activities if one["key"] == activity), None)
    if row is None:
        raise NotFound(activity)
    kind, who = ActivityKind(row["kind"]), part.who
    points_at = await _entry(by, who, entry) if kind is ActivityKind.PROMPT else None
    answer = given.strip() if kind is ActivityKind.ANSWER else ""
    form_key = form_key or token_hex(16)
    sent = ActivityDone.filter(school_id=by.school.id, person_id=who.id, form_key=form_key)
    for before in await sent.values("key", "activity_id", "answer", "entry_id"):
        if (before["activity_id"], before["answer"], before["entry_id"]) != (row["id"], answer, points_at):
            raise Refused(SENT_BEFORE)
        return Did(before["key"], row["title"], repeated=True)
    check_vote(kind, answer, await nominees(by.school.id, part.terms))
    facts = (await facts_of(by.school.id, [who.id]))[who.id]
    on = _day_of(row, part, facts, points_at)
    check_doable(kind, row["code"], given, row["gone_on"], row["on"], on)
    _check_room(row, part.terms, facts, on, points_at)
    rules = part.terms.program
    # what answers a prompt was let into the log when it was written, however long ago that is
    back = rules["backdate_days"] if points_at is None else (part.today - on).days
    check_day(on, part.today, rules["starts"], rules["ends"], back)
    if rules["credit"] == Credit.JOINING and on < part.joined_on:
        about = "given" if points_at is None else "entry"
        raise Refused(f"That was on {spoken(on)}. This program counts from the day on which you joined.", about=about)
    made = await ActivityDone.create(
        school_id=by.school.id,
        person_id=who.id,
        activity_id=row["id"],
        on=on,
        zone=by.school.zone,
        entered_at=dates.now(),
        answer=answer,
        entry_id=points_at,
        class_id=min(by.class_ids, default=None),
        form_key=form_key,
        by_id=who.id,
    )
    return Did(made.key, row["title"], tuple(await settle(by, who, {rules["id"]: part.joined_on})))


@one_transaction
async def undo_activity(slug: str, done: str, by: Reader) -> Did:
    """Take back that one did an activity; it stays as a fact and counts no longer. Raises NotFound, Refused."""
    part = await _part(slug, by)
    mine = ActivityDone.filter(school_id=by.school.id, person_id=part.who.id, key=done)
    rows = await mine.filter(activity__challenge__program_id=part.terms.program["id"]).values(
        "voided_at", title="activity__title"
    )
    if not rows:
        raise NotFound(done)
    if rows[0]["voided_at"] is not None:
        return Did(done, rows[0]["title"], repeated=True)
    await mine.update(voided_at=dates.now(), voided_by_id=part.who.id)
    changes = await settle(by, part.who, {part.terms.program["id"]: part.joined_on})
    return Did(done, rows[0]["title"], tuple(changes))


@one_transaction
async def set_own_goal(slug: str, challenge: str, goal: int, by: Reader) -> Did:
    """Set the own goal of a challenge; the same number again changes nothing. Raises NotFound, Refused."""
    part = await _part(slug, by)
    row = next((one for one in part.terms.challenges if one["key"] == challenge), None)
    if row is None or row["kind"] != ChallengeKind.OWN_GOAL:
        raise NotFound(challenge)
    if not 1 <= goal <= LARGEST:
        raise Refused("A goal is a whole number, 1 or more.", about="goal")
    of: dict[str, Any] = {"school_id": by.school.id, "challenge_id": row["id"], "person_id": part.who.id}
    latest = await OwnGoal.filter(**of).order_by("-at", "-id").limit(1).values_list("goal")
    if latest and latest[0][0] == goal:
        return Did("", row["title"], repeated=True)
    await OwnGoal.create(**of, goal=goal, on=part.today, at=dates.now())
    return Did("", row["title"], tuple(await settle(by, part.who, {part.terms.program["id"]: part.joined_on})))


async def _part(slug: str, by: Reader) -> _Part:
    """The student's own part in a program, held until the unit of work ends. Raises NotFound, Refused."""
    program = await program_for(by, slug)
    who = myself(by)
    await hold(by, who.id)
    part = Enrolment.filter(school_id=by.school.id, program_id=program["id"], person_id=who.id, left_at=None)
    joined = await part.values_list("joined_on")
    if not joined:
        raise NotFound(slug)
    today = dates.today(by.school.zone)
    now = phase_of(program, by.school.zone, today)
    if now is Phase.CLOSED:
        raise Refused("This program is over, and its result stays as it is.")
    if now not in TAKES_PLACE:
        raise Refused("This program has not begun yet. Come back on its first day.")
    terms = (await terms_of(by.school, [program["id"]]))[program["id"]]
    return _Part(who, terms, joined[0][0], today)


async def _entry(by: Reader, who: Who, key: str) -> int:
    """The id of an own log entry. Raises Refused where none is chosen, NotFound where it is not one's own."""
    if not key:
        raise Refused("Choose what you read, watched or heard for this.", about="entry")
    rows = await LogEntry.filter(school_id=by.school.id, person_id=who.id, key=key).values_list("id")
    if not rows:
        raise NotFound(key)
    number: int = rows[0][0]
    return number


def _day_of(row: Mapping[str, Any], part: _Part, facts: Facts, points_at: int | None) -> date:
    """The day on which it counts: that of the event, of the entry, or today, at the latest the last day of the run."""
    if points_at is not None:
        entry = standing_in_place(points_at, facts)
        if entry is None:
            raise Refused("You took that out of your log. Choose another one.", about="entry")
        return entry.on
    if row["on"] is not None and row["kind"] == ActivityKind.ATTEND and row["on"] <= part.today:
        day: date = row["on"]
        return day
    return min(part.today, part.terms.program["ends"] or part.today)


def _check_room(row: Mapping[str, Any], terms: Terms, facts: Facts, on: date, points_at: int | None) -> None:
    """Refuse what would not count: done as often as it may be, or an entry that answers another prompt already."""
    before = doings(terms.rules.activities, facts, terms.rules.runs_on)
    done = sorted(one.on for one in before if one.activity == row["key"])
    check_caps(ActivityKind(row["kind"]), row["most"], row["most_a_day"], on, done)
    if points_at is None:
        return
    asked = [one["key"] for one in terms.activities if one["challenge_id"] == row["challenge_id"]]
    if points_at in roots_answered(facts, [one.id for one in before if one.activity in asked]):
        raise Refused("That one answers another prompt here already. Choose another one.", about="entry")
