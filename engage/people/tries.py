"""Failed sign-ins, counted in the database so that all workers see them, and what they slow down."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engage.database.transaction import one_transaction
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
        return {
            scope: hmac.new(secret_key.encode(), f"{scope}/{text}".encode(), "sha256").hexdigest()
            for scope, text in texts.items()
            if text
        }


async def may_try(tried: Tried, secret_key: str, now: datetime) -> bool:
    """Whether this sign-in may succeed now; one that may not is still answered as any wrong one is."""
    subjects = tried.subjects(secret_key)
    rows = await SignInTry.filter(subject__in=list(subjects.values())).values(
        "scope", "failures", "since", "blocked_until", "stopped"
    )
    return not any(_refuses(row["scope"], row, now) for row in rows)


def _refuses(scope: str, row: dict[str, object], now: datetime) -> bool:
    allowed = ALLOWED[Scope(scope)]
    since, failures, until = row["since"], row["failures"], row["blocked_until"]
    assert isinstance(since, datetime)
    assert isinstance(failures, int)
    if row["stopped"]:
        return True
    if isinstance(until, datetime) and now < until:
        return True
    return allowed.window is not None and now - since < allowed.window and failures >= allowed.failures


@one_transaction
async def failed(tried: Tried, secret_key: str, now: datetime) -> None:
    """Count a failure for everything that it belongs to; the account is slowed down 1, 2, 4 … 60 seconds."""
    for scope, subject in tried.subjects(secret_key).items():
        await SignInTry.get_or_create(scope=scope, subject=subject, defaults={"since": now})
        row = await SignInTry.filter(scope=scope, subject=subject).select_for_update().get()
        window = ALLOWED[scope].window
        if window is not None and now - row.since >= window:
            row.failures, row.since, row.blocked_until = 0, now, None
        row.failures += 1
        if scope is Scope.ACCOUNT:
            row.blocked_until = now + timedelta(seconds=delay(row.failures))
            row.stopped = row.failures >= tried.stops
        if scope is Scope.SERVER and row.failures >= ALLOWED[scope].failures:
            # slow mode keeps everybody to one try in some seconds, and nobody out for good
            row.blocked_until, row.failures, row.since = now + timedelta(seconds=SLOW_MODE_SECONDS), 0, now
        await row.save(update_fields=["failures", "since", "blocked_until", "stopped"])


def delay(failures: int) -> int:
    """Seconds that an account waits after so many failures in a row."""
    over = failures - ALLOWED[Scope.ACCOUNT].failures
    return min(2**over, LONGEST_DELAY) if over >= 0 else 0


async def succeeded(tried: Tried, secret_key: str) -> None:
    """A success clears the account's counter and no other."""
    subject = tried.subjects(secret_key)[Scope.ACCOUNT]
    await SignInTry.filter(scope=Scope.ACCOUNT, subject=subject).delete()


async def is_stopped(account: str, secret_key: str) -> bool:
    """Whether an account waits for staff to look."""
    subject = Tried(account, "").subjects(secret_key)[Scope.ACCOUNT]
    return await SignInTry.filter(scope=Scope.ACCOUNT, subject=subject, stopped=True).exists()


async def forget_old_tries(now: datetime) -> int:
    """Delete counters that say nothing any more; an account that was stopped stays stopped. A job's work. How many."""
    return await SignInTry.filter(stopped=False, since__lt=now - KEPT).delete()
