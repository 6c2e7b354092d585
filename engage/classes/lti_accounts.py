"""Whose account of a platform it is: joined by its person once, or found by an id of the roster.

Nobody is made here and no role is given: an account belongs to an active person whom the school already has. What a
platform says of an e-mail is never believed (STANDARDS.md, 4.4).
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from tortoise.exceptions import IntegrityError

from engage.classes import lti_rules
from engage.classes.lti_models import LtiLink, LtiPlatform
from engage.classes.lti_rules import Message
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction, savepoint
from engage.errors import Refused
from engage.people import audit, oidc_rules, queries, sealing, tries
from engage.people.elsewhere_queries import reach_of
from engage.people.models import Person
from engage.people.oidc_accounts import NEVER
from engage.people.oidc_rules import Whom
from engage.people.roster_asking import Hashing
from engage.people.roster_models import RosterId
from engage.people.roster_rules import What
from engage.people.rules import Role, Status
from engage.people.tries import Tried

WITHIN = timedelta(minutes=15)
KIND = "joining an account"
NOT_HERE = "Your account here is of a school that this platform does not serve."
TAKEN = "That account belongs to somebody else here. Ask the school's office."


def hash_of(message: Message, platform: LtiPlatform, secret_key: str) -> str:
    """What is kept of an account."""
    return sealing.keyed(secret_key, "account of a platform", f"{platform.key}\n{message.issuer}\n{message.subject}")


def _tried(digest: str, address: str) -> Tried:
    return Tried(f"lti/{digest}", address, stops=NEVER)


async def person_with(
    message: Message, platform: LtiPlatform, secret_key: str, address: str, now: datetime
) -> tuple[Person, Whom] | None:
    """Who comes in by a launch, and as what; None for whoever is unknown, gone or may not: all the same (L6)."""
    digest = hash_of(message, platform, secret_key)
    tried = _tried(digest, address)
    allowed = await tries.begin(tried, secret_key, now)
    found = await _known(message, platform, secret_key, now)
    if found is None or not allowed:
        return None
    await tries.succeeded(tried, secret_key)
    return found


@one_transaction
async def _known(message: Message, platform: LtiPlatform, secret_key: str, now: datetime) -> tuple[Person, Whom] | None:
    reach = await reach_of(platform)
    digest = hash_of(message, platform, secret_key)
    link = await LtiLink.get_or_none(platform_id=platform.id, hash=digest).values("person_id", "proved")
    candidates = {link["person_id"]} if link else await _named(message, platform, reach, secret_key)
    with every_school("who comes from a platform names no school"):
        people = await Person.filter(id__in=list(candidates), status=Status.ACTIVE)
    if len(people) != 1:
        return None
    (person,) = people
    comes = lti_rules.comes_as(await queries.roles_of(person.id), message, reach, bool(link and link["proved"]))
    if comes is None:
        return None
    if link:
        await LtiLink.filter(platform_id=platform.id, person_id=person.id).update(used_at=now)
    elif not await _link(person, digest, platform, now, proved=False):
        return None
    return person, comes


async def _named(message: Message, platform: LtiPlatform, reach: Collection[int], secret_key: str) -> set[int]:
    """The ids of those whom an id of the roster names, as what they come: a student for one who learns."""
    if not platform.by_roster or not message.number:
        return set()
    hashes = [Hashing(secret_key, school).of(What.PERSON, message.number) for school in reach]
    with every_school("who comes from a platform names no school; only those of its schools come in"):
        ids = RosterId.filter(what=What.PERSON, hash__in=hashes, person__status=Status.ACTIVE)
        rows = await ids.values("person_id", "role")
    student = Role.STUDENT.value
    return {row["person_id"] for row in rows if (message.learns if row["role"] == student else message.teaches)}


async def _link(person: Person, digest: str, platform: LtiPlatform, now: datetime, *, proved: bool) -> bool:
    """Keep whose account it is; whether that can be: one account to one person, and no second one of either."""
    row = {"platform_id": platform.id, "person_id": person.id, "proved": proved, "hash": digest}
    try:
        async with savepoint():
            await LtiLink.create(**row, made_at=now, used_at=now)
    except IntegrityError:
        return False
    of = {"by_id": person.id, "about_id": person.id, "school_id": person.school_id}  # type: ignore[attr-defined]
    await audit.note("joined an account of a platform", by=None, subject=platform.key, detail=platform.name, **of)
    return True


# -- joining


@dataclass(frozen=True)
class Joining:
    """An account that came by a launch and is nobody's yet. shown: as the platform calls it. until: seconds of 1970."""

    platform: str
    digest: str
    shown: str
    back: str
    until: int


def joining_of(message: Message, platform: LtiPlatform, back: str, secret_key: str, now: datetime) -> str:
    """An account that may be joined, as its cookie holds it. back: where to go afterwards, a path of ours."""
    digest, until = hash_of(message, platform, secret_key), int((now + WITHIN).timestamp())
    joining = Joining(platform.key, digest, message.shown, back, until)
    return sealing.sealed(secret_key, KIND, json.dumps(asdict(joining)).encode())


def joining_in(text: str, secret_key: str, now: datetime) -> Joining | None:
    """The account in a cookie, if it is ours and its time is not over."""
    raw = sealing.opened(secret_key, KIND, text)
    joining = Joining(**json.loads(raw)) if raw else None
    return joining if joining and now < datetime.fromtimestamp(joining.until, UTC) else None


@one_transaction
async def join(
    person: Person, joining: Joining, platform: LtiPlatform, secret_key: str, address: str, now: datetime
) -> None:
    """Join an account to one's own, in place of any other of that platform. Raises Refused."""
    held = await queries.roles_of(person.id)
    if not oidc_rules.only_within({school for _, school in held}, await reach_of(platform)):
        raise Refused(NOT_HERE)
    await LtiLink.filter(platform_id=platform.id, person_id=person.id).delete()
    # the account of somebody who has left is free again
    link = await LtiLink.get_or_none(platform_id=platform.id, hash=joining.digest).values("id", "person_id")
    if link:
        with every_school("whose account it is names no school"):
            there = await Person.exists(id=link["person_id"], status=Status.ACTIVE)
        if there:
            raise Refused(TAKEN)
        await LtiLink.filter(id=link["id"]).delete()
    if not await _link(person, joining.digest, platform, now, proved=True):
        raise Refused(TAKEN)
    await tries.succeeded(_tried(joining.digest, address), secret_key)
