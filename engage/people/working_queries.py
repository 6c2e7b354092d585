"""How the work in the background goes: each kind in words, when it was done last, what went wrong since.

Jobs are of the whole service; nothing of what one was about is asked for.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from tortoise.functions import Max, Min

from engage.database.job_model import Job, JobState
from engage.errors import NotAllowed
from engage.people.rules import Reader, Scope

# by name of the job; what only tidies up is not shown
WORDS = {
    "harvest": "Visit the feeds",
    "check_links": "Look at the links",
    "covers": "Fetch and draw covers",
    "import_catalogue": "Bring records of the catalogue in",
    "take_rosters": "Take in the rosters that the office sends",
    "follow_rosters": "Put students in programs as the roster says",
    "keep_time": "Publish lists, and take them down, at their time",
    "refill_lists": "Fill the lists that fill themselves",
    "close_programs": "Close programs whose time is over",
    "close_surveys": "Close surveys whose time is over",
    "recommend": "Find what to recommend",
    "judge_displays": "Compare what was on show",
    "send_digest": "Send the newsletter",
    "send_statements": "Send data to other systems",
    "tell_courses": "Tell courses what is done",
    "keep_retention": "Take away what was kept long enough",
    "finish_erasures": "Finish what is to be erased",
}


@dataclass(frozen=True)
class Work:
    """One kind of work. done_at: the last time. waits_since: when what is due was due. failed_at: since it was done."""

    words: str
    done_at: datetime | None
    waits_since: datetime | None
    failed_at: datetime | None
    running: bool


async def background_work(reader: Reader, now: datetime) -> list[Work]:
    """Every kind of work in the order of WORDS; one statement. Raises NotAllowed (ADM01)."""
    if not reader.may("ADM01", Scope.SCHOOL):
        raise NotAllowed("ADM01")
    rows = (
        await Job.filter(name__in=list(WORDS))
        .annotate(ended=Max("ended_at"), due=Min("run_at"))
        .group_by("name", "state")
        .values_list("name", "state", "ended", "due")
    )
    told: dict[str, dict[JobState, tuple[datetime | None, datetime | None]]] = defaultdict(dict)
    for name, state, ended, due in rows:
        told[name][JobState(state)] = (_moment(ended), _moment(due))
    return [_work(words, told[name], now) for name, words in WORDS.items()]


def _work(words: str, told: dict[JobState, tuple[datetime | None, datetime | None]], now: datetime) -> Work:
    nothing = (None, None)
    done_at, failed_at = told.get(JobState.DONE, nothing)[0], told.get(JobState.FAILED, nothing)[0]
    due = told.get(JobState.QUEUED, nothing)[1]
    still = failed_at if failed_at and (done_at is None or failed_at > done_at) else None
    return Work(words, done_at, due if due and due < now else None, still, JobState.RUNNING in told)


def _moment(value: datetime | str | None) -> datetime | None:
    """A moment out of a function of the database, which on SQLite comes as it is written."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
