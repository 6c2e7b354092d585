"""The second factor of staff: an authenticator app, and ten codes that stand in for it once each.

Source: SAFETY.md, L1. School and district admins need one; everybody else of the staff may have one, and then a
password of eight characters.
"""

from datetime import datetime

from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.people import audit, one_time_codes, queries, sealing, sessions
from engage.people.models import Person
from engage.people.rules import Reader, Role
from engage.people.sign_in_models import RecoveryCode, SecondFactor

NEEDED_BY = frozenset({Role.SCHOOL_ADMIN, Role.DISTRICT_ADMIN})
NO_CODE = "That code did not fit. Codes change every half minute: type the one that your app shows now."
RECOVERY = "recovery code"


async def has_one(person_id: int | None) -> bool:
    """Whether a person has set up a second factor."""
    return await SecondFactor.filter(person_id=person_id).exists()


async def needs_one(person_id: int) -> bool:
    """Whether a person's roles, at any school, ask for one."""
    return any(role in NEEDED_BY for role, _ in await queries.roles_of(person_id))


def _kind(person_key: str) -> str:
    return f"second factor/{person_key}"


def covered(secret: bytes, person_key: str, secret_key: str) -> str:
    """A secret that is not confirmed yet, as the page of setting up carries it."""
    return sealing.sealed(secret_key, _kind(person_key), secret)


def uncovered(text: str, person_key: str, secret_key: str) -> bytes:
    """The same again. Raises Refused."""
    secret = sealing.opened(secret_key, _kind(person_key), text)
    if secret is None:
        raise Refused("Open this page again, and begin anew.")
    return secret


@one_transaction
async def set_up(person: Person, secret: bytes, code: str, secret_key: str, now: datetime) -> list[str]:
    """Keep a second factor whose app gives this code; the codes that stand in for it, shown this once. Raises Refused.

    The person's other sessions go on: nothing that they know has changed.
    """
    step = one_time_codes.step_with(secret, code, now, after=0)
    if step is None:
        raise Refused(NO_CODE, about="secret_code")
    await SecondFactor.filter(person_id=person.id).delete()
    await SecondFactor.create(
        person_id=person.id,
        secret=sealing.sealed(secret_key, _kind(person.key), secret),
        last_step=step,
        made_at=now,
    )
    of = {"by_id": person.id, "about_id": person.id}
    await audit.note("set up a second factor", by=None, school_id=home_of(person), **of)
    return await _new_codes(person.id, secret_key)


@one_transaction
async def renew_codes(person: Person, secret_key: str) -> list[str]:
    """Ten new codes that stand in for the app; the old ones are void. Raises Refused without a second factor."""
    if not await has_one(person.id):
        raise Refused("Set up the second step first.")
    return await _new_codes(person.id, secret_key)


async def _new_codes(person_id: int, secret_key: str) -> list[str]:
    codes = one_time_codes.new_recovery_codes()
    await RecoveryCode.filter(person_id=person_id).delete()
    await RecoveryCode.bulk_create(
        [RecoveryCode(person_id=person_id, code_hash=_hash(code, person_id, secret_key)) for code in codes]
    )
    return codes


def _hash(code: str, person_id: int, secret_key: str) -> str:
    return sealing.keyed(secret_key, RECOVERY, f"{person_id}/{one_time_codes.plain_code(code)}")


@one_transaction
async def fits(person: Person, code: str, secret_key: str, now: datetime) -> bool:
    """Whether this is a code of the person's app, or one that stands in for it; it is taken, and no second time."""
    row = await SecondFactor.filter(person_id=person.id).select_for_update().first()
    if row is None:
        return False
    secret = sealing.opened(secret_key, _kind(person.key), row.secret)
    step = one_time_codes.step_with(secret, code, now, row.last_step) if secret else None
    if step is not None:
        row.last_step = step
        await row.save(update_fields=["last_step"])
        return True
    used = RecoveryCode.filter(person_id=person.id, code_hash=_hash(code, person.id, secret_key))
    return bool(await used.delete())


async def codes_left(person_id: int | None) -> int:
    """How many codes that stand in for the app have not been used."""
    return await RecoveryCode.filter(person_id=person_id).count()


@one_transaction
async def give_up(person: Person, password_hash: str, *, by: Reader) -> None:
    """Do without one's own from now on, with a password that is long enough alone. Raises Refused for admins."""
    if await needs_one(person.id):
        raise Refused("Admins of a school or a district need the second step.")
    await forget(person.id)
    person.password_hash = password_hash
    await person.save(update_fields=["password_hash"])
    await sessions.end_all_sessions(person.id, by.session_id)
    await audit.note("gave up the second factor", by=by, about_id=person.id)


async def forget(person_id: int) -> None:
    """Delete the second factor with the codes that stand in for it; inside the unit of work that says why."""
    await SecondFactor.filter(person_id=person_id).delete()
    await RecoveryCode.filter(person_id=person_id).delete()


def home_of(person: Person) -> int:
    """The id of the school that a person is at home in."""
    return int(person.school_id)  # type: ignore[attr-defined]
