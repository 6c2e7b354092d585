"""Whose account elsewhere it is: found once by a verified e-mail or an id of the roster, then by issuer and subject.

Nobody is made here and no role is given: an account belongs to an active person whom the school already has
(STANDARDS.md, 4.2).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction, savepoint
from engage.errors import NotFound, Refused
from engage.people import audit, oidc_queries, oidc_rules, queries, sealing, tries
from engage.people.elsewhere_queries import reach_of
from engage.people.models import Person
from engage.people.oidc_models import OidcLink, OidcProvider
from engage.people.oidc_rules import Account, Whom
from engage.people.roster_asking import Hashing
from engage.people.roster_models import RosterId
from engage.people.roster_rules import What
from engage.people.rules import Role, Status
from engage.people.tries import Tried

NO = "That account opens nothing here. Try another one, sign in another way, or ask the school's office."
TAKEN = "That account belongs to somebody else here."
# a wrong account is made to wait, and never stopped for good: nobody could let it go again
NEVER = 1_000_000_000


def hash_of(account: Account, provider: OidcProvider, secret_key: str) -> str:
    """What is kept of an account."""
    return sealing.keyed(secret_key, "account elsewhere", f"{provider.key}\n{account.issuer}\n{account.subject}")


async def person_with(
    account: Account, provider: OidcProvider, secret_key: str, address: str, now: datetime
) -> tuple[Person, Whom]:
    """Who comes in with an account, and as what. Raises Refused with one sentence for whatever is not so.

    Unknown, gone, an e-mail that came with another account before, a role that may not: all the same (L6).
    """
    tried = Tried(f"oidc/{hash_of(account, provider, secret_key)}", address, stops=NEVER)
    allowed = await tries.begin(tried, secret_key, now)
    found = await _known(account, provider, secret_key, now)
    if found is None or not allowed:
        raise Refused(NO)
    await tries.succeeded(tried, secret_key)
    return found


@one_transaction
async def _known(
    account: Account, provider: OidcProvider, secret_key: str, now: datetime
) -> tuple[Person, Whom] | None:
    found = await whom(account, provider, secret_key)
    if found is None:
        return None
    person, comes, linked = found
    if linked:
        await OidcLink.filter(provider_id=provider.id, person_id=person.id).update(used_at=now)
        return person, comes
    if not await _link(person, account, provider, secret_key, now, proved=False):
        return None
    return person, comes


async def whom(account: Account, provider: OidcProvider, secret_key: str) -> tuple[Person, Whom, bool] | None:
    """Who would come in with an account, as what, and whether the account is known; None for nobody."""
    reach = await reach_of(provider)
    digest = hash_of(account, provider, secret_key)
    link = await OidcLink.get_or_none(provider_id=provider.id, hash=digest).values("person_id", "proved")
    candidates: Mapping[int, Whom | None]
    candidates = {link["person_id"]: None} if link else await _named(account, provider, reach, secret_key)
    with every_school("who signs in names no school"):
        people = await Person.filter(id__in=list(candidates), status=Status.ACTIVE)
    if len(people) != 1:
        return None
    (person,) = people
    terms = oidc_queries.terms_of(provider)
    comes = oidc_rules.comes_as(await queries.roles_of(person.id), terms, reach, bool(link and link["proved"]))
    if comes is None or (not link and candidates[person.id] is not comes):
        return None
    return person, comes, link is not None


async def _named(account: Account, provider: OidcProvider, reach: Collection[int], secret_key: str) -> dict[int, Whom]:
    """The ids of those whom an e-mail names as staff, or an id of the roster as a student."""
    found: dict[int, Whom] = {}
    with every_school("who signs in names no school; only those of the provider's schools come in"):
        if provider.staff and account.email:
            staff = Person.filter(Q(email__iexact=account.email) | Q(login=account.email), status=Status.ACTIVE)
            found |= {row["id"]: Whom.STAFF for row in await staff.filter(login__isnull=False).values("id")}
        if provider.students and account.number:
            hashes = [Hashing(secret_key, school).of(What.PERSON, account.number) for school in reach]
            ids = RosterId.filter(what=What.PERSON, hash__in=hashes, person__status=Status.ACTIVE)
            rows = await ids.filter(role=Role.STUDENT.value).values("person_id")
            found |= {row["person_id"]: Whom.STUDENTS for row in rows}
    return found


async def _link(
    person: Person, account: Account, provider: OidcProvider, secret_key: str, now: datetime, *, proved: bool
) -> bool:
    """Keep whose account it is; whether that can be: one account to one person, and no second one of either."""
    row: dict[str, Any] = {"provider_id": provider.id, "person_id": person.id, "proved": proved}
    try:
        async with savepoint():
            await OidcLink.create(**row, hash=hash_of(account, provider, secret_key), made_at=now, used_at=now)
    except IntegrityError:
        return False
    of = {"by_id": person.id, "about_id": person.id, "school_id": person.school_id}  # type: ignore[attr-defined]
    await audit.note("joined an account elsewhere", by=None, detail=provider.name, **of)
    return True


@one_transaction
async def connect(person: Person, account: Account, provider: OidcProvider, secret_key: str, now: datetime) -> None:
    """Join an account to one's own, in place of one that an e-mail brought. Raises Refused."""
    held = await queries.roles_of(person.id)
    terms, reach = oidc_queries.terms_of(provider), await reach_of(provider)
    if oidc_rules.comes_as(held, terms, reach, proved=True) is not Whom.STAFF:
        raise Refused(NO)
    await OidcLink.filter(provider_id=provider.id, person_id=person.id).delete()
    if not await _link(person, account, provider, secret_key, now, proved=True):
        raise Refused(TAKEN)


@one_transaction
async def disconnect(person: Person, key: str) -> str:
    """Part one's own account from the one elsewhere; the provider's name. Raises NotFound."""
    provider = await oidc_queries.provider_to_use(key, tried=True)
    if not await OidcLink.filter(person_id=person.id, provider_id=provider.id).delete():
        raise NotFound(key)
    of = {"by_id": person.id, "about_id": person.id, "school_id": person.school_id}  # type: ignore[attr-defined]
    await audit.note("parted from an account elsewhere", by=None, detail=provider.name, **of)
    return provider.name
