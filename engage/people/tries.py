"""Failed sign-ins, counted in the database so that all workers see them, and what they slow down.

A try is counted as a failure before the secret is looked at, and taken back when it was none: so however many come at
one moment, to however many workers, no more are looked at than may be. A try that may not be made counts nowhere: who
hammers one account slows down that account, and not the school that shares its address (SAFETY.md, L6).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tortoise.expressions import F

from engage.database.transaction import one_transaction
from engage.people import sealing
from engage.people.models import SignInTry


class Scope(StrEnum):
    """What failures are counted by."""

    ACCOUNT = "account"
    CLASS = "class"
    ADDRESS = "address"
    SERVER = "server"


@dataclass(frozen=True)
class Allowance:
    """How many failures are taken in how long; window None: until a success. Source: SAFETY.md, section 0 and L6."""

    failures: int
    window: timedelta | None


ALLOWED = {
    Scope.ACCOUNT: Allowance(5, None),
    Scope.CLASS: Allowance(60, timedelta(minutes=10)),
    Scope.ADDRESS: Allowance(600, timedelta(hours=1)),
    Scope.SERVER: Allowance(1_000, timedelta(minutes=5)),
}
ACCOUNT_STOPS = 50
PICTURES_STOP = 10
# 45 of the 903,000 PINs that may be are 0.005 %; 50 would be more (L5)
PIN_STOP = 45
LONGEST_DELAY = 60
SLOW_MODE_SECONDS = 5
KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Tried:
    """What one sign-in is counted by. stops: failures in a row after which staff have to look."""

    account: str
    address: str
    class_code: str = ""
    stops: int = ACCOUNT_STOPS

    def subjects(self, secret_key: str) -> dict[Scope, str]:
        """What stands in the table for each: a keyed hash, so that the table names nobody."""
        texts = {
            Scope.ACCOUNT: self.account,
            Scope.CLASS: self.class_code,
            Scope.ADDRESS: self.address,
            Scope.SERVER: "server",
        }
        return {scope: sealing.keyed(secret_key, scope, text) for scope, text in texts.items() if text}


@one_transaction
async def begin(tried: Tried, secret_key: str, now: datetime) -> bool:
    """Count a try as a failure, if it may be made now; whether it may. The same statements for every account there is.

    One that may not is still answered as any wrong one is.
    """
    subjects = sorted((subject, scope) for scope, subject in tried.subjects(secret_key).items())
    new = [SignInTry(scope=scope, subject=subject, since=now) for subject, scope in subjects]
    await SignInTry.bulk_create(new, ignore_conflicts=True)
    names = [subject for subject, _ in subjects]
    rows = await SignInTry.filter(subject__in=names).order_by("subject").select_for_update()
    allowed = not any(_refuses(row, now) for row in rows)
    for row in rows:
        if allowed:
            _count(row, tried, now)
        await row.save(update_fields=["failures", "since", "blocked_until", "stopped"])
    return allowed


async def too_many_from(address: str, secret_key: str, now: datetime) -> bool:
    """Whether so much failed from an address that nothing is looked at for it now; nothing is counted."""
    subject = Tried("", address).subjects(secret_key)[Scope.ADDRESS]
    return any(_refuses(row, now) for row in await SignInTry.filter(subject=subject))


def _refuses(row: SignInTry, now: datetime) -> bool:
    window = ALLOWED[Scope(row.scope)].window
    if row.stopped or (row.blocked_until is not None and now < row.blocked_until):
        return True
    return window is not None and now - row.since < window and row.failures >= ALLOWED[Scope(row.scope)].failures


def _count(row: SignInTry, tried: Tried, now: datetime) -> None:
    scope = Scope(row.scope)
    window = ALLOWED[scope].window
    if window is not None and now - row.since >= window:
        row.failures, row.since, row.blocked_until = 0, now, None
    row.failures += 1
    if scope is Scope.ACCOUNT:
        row.since = now  # it is forgotten only once nobody has tried for a while
        row.blocked_until = now + timedelta(seconds=delay(row.failures))
        row.stopped = row.failures >= tried.stops
    if scope is Scope.SERVER and row.failures >= ALLOWED[scope].failures:
        # slow mode: after each so many everybody waits for some seconds, and nobody is out for good
        row.blocked_until, row.failures, row.since = now + timedelta(seconds=SLOW_MODE_SECONDS), 0, now


def delay(failures: int) -> int:
    """Seconds that an account waits after so many failures in a row."""
    over = failures - ALLOWED[Scope.ACCOUNT].failures
    return min(2**over, LONGEST_DELAY) if over >= 0 else 0


@one_transaction
async def succeeded(tried: Tried, secret_key: str) -> None:
    """The try was a success: it is no failure of anything, and the account's counter is cleared; no other is."""
    subjects = tried.subjects(secret_key)
    account = subjects.pop(Scope.ACCOUNT, None)
    if account is not None:
        await SignInTry.filter(subject=account).delete()
    await _take_back(list(subjects.values()))


@one_transaction
async def no_failure(tried: Tried, secret_key: str) -> None:
    """The try was right as far as it went, and is not over: a password whose second factor is still asked for."""
    subjects = tried.subjects(secret_key)
    account = subjects[Scope.ACCOUNT]
    await _take_back(list(subjects.values()))
    await SignInTry.filter(subject=account).update(blocked_until=None, stopped=False)


async def _take_back(subjects: list[str]) -> None:
    for subject in sorted(subjects):
        await SignInTry.filter(subject=subject, failures__gt=0).update(failures=F("failures") - 1)


async def let_go(account: str, secret_key: str) -> None:
    """Staff have looked: the account may sign in again, at once."""
    await SignInTry.filter(subject=Tried(account, "").subjects(secret_key)[Scope.ACCOUNT]).delete()


async def stopped_among(accounts: Collection[str], secret_key: str) -> set[str]:
    """Which of some accounts wait for staff to look; one statement."""
    subjects = {Tried(account, "").subjects(secret_key)[Scope.ACCOUNT]: account for account in accounts}
    rows = SignInTry.filter(scope=Scope.ACCOUNT, subject__in=list(subjects), stopped=True)
    return {subjects[subject] for (subject,) in await rows.values_list("subject")}


async def forget_old_tries(now: datetime) -> int:
    """Delete counters that say nothing any more; an account that was stopped stays stopped. A job's work. How many."""
    return await SignInTry.filter(stopped=False, since__lt=now - KEPT).delete()
