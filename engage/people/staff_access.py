"""How staff come to sign in, and come back when they cannot: links to choose a password with, made by admins.

The link holds 160 random bits in the fragment of its address, works once and for three days, and is shown to the admin
this once. Who may make one for whom follows from the roles of that person, at any school: CLS10 to CLS12 of SAFETY.md,
section 2, so that nobody comes into an account that may more than the own one, or something at another school.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from engage import dates
from engage.database.paging import Page, one_page
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.people import audit, cards, queries, sealing, second_factor, sessions, tries
from engage.people.models import Membership, Person, School
from engage.people.rules import Reader, Role, Scope, Status
from engage.people.sign_in import account_of
from engage.people.sign_in_models import Invitation, SecondFactor
from engage.people.tries import Tried

LASTS = timedelta(hours=72)
CHOOSE_WITHIN = timedelta(minutes=30)
KIND = "invitation"
NO_LINK = "That link opens nothing any more. It works once, and for three days. Ask for a new one."
STAFF = tuple(role for role in Role if role is not Role.STUDENT)
PAGE = 100


def act_for(roles: set[Role]) -> str:
    """The cell of the matrix that lets one into the account of a person with these roles."""
    if Role.DISTRICT_ADMIN in roles:
        return "CLS12"
    return "CLS11" if Role.SCHOOL_ADMIN in roles else "CLS10"


def may_help(reader: Reader, person_id: int, held: Collection[tuple[Role, int]], reach: Collection[int]) -> bool:
    """Whether this person may give that one of the staff a new way in; never oneself (A7).

    held: the roles of that one, each with its school. Who has one beyond reach is helped by those who reach that, too:
    a way in opens every school that the account opens.
    """
    inside = all(school_id in reach for _, school_id in held)
    return person_id != reader.id and inside and reader.may(act_for({role for role, _ in held}), Scope.SCHOOL)


async def reach_of(reader: Reader) -> set[int]:
    """The schools whose staff a person may help: this one; of an admin of the district all of it."""
    if Role.DISTRICT_ADMIN not in reader.roles:
        return {reader.school.id}
    rows = await School.filter(district_id=reader.school.district_id).values_list("id", flat=True)
    return set(rows)  # type: ignore[arg-type]


async def staff_of(reader: Reader, after: str, secret_key: str) -> Page:
    """The staff of the school, a page at a time, by name.

    person_id key name login roles has_password has_code stopped link_until may_help, one row for each person.
    """
    ids = Membership.filter(school_id=reader.school.id, role__in=STAFF).distinct().values_list("person_id", flat=True)
    with every_school("staff of this school, some of whom are at home in another one"):
        staff = Person.filter(id__in=list(await ids), status=Status.ACTIVE)
        found = await one_page(
            staff, "id", "key", "name", "login", "password_hash", order=("name", "id"), after=after, size=PAGE
        )
        of = {"person_id__in": [row["id"] for row in found.rows]}
        roles: dict[int, set[tuple[Role, int]]] = {}
        here: dict[int, set[str]] = {}
        for person_id, role, at in await Membership.filter(**of).values_list("person_id", "role", "school_id"):
            roles.setdefault(person_id, set()).add((Role(role), at))
            if at == reader.school.id:
                here.setdefault(person_id, set()).add(Role(role).value.replace("_", " "))
    reach = await reach_of(reader)
    with_code = set(await SecondFactor.filter(**of).values_list("person_id", flat=True))
    links = dict(await Invitation.filter(**of, ends_at__gt=dates.now()).values_list("person_id", "ends_at"))
    stopped = await tries.stopped_among([account_of(row["login"]) for row in found.rows], secret_key)
    for row in found.rows:
        row |= {
            "has_password": bool(row.pop("password_hash")),
            "has_code": row["id"] in with_code,
            "roles": sorted(here[row["id"]]),
            "stopped": account_of(row["login"]) in stopped,
            "link_until": links.get(row["id"]),
            "may_help": may_help(reader, row["id"], roles[row["id"]], reach),
        }
    return found


async def staff_to_help(reader: Reader, key: str) -> Person:
    """One of the staff of the school to whom this person may give a new way in.

    Raises NotFound, NotAllowed (CLS10: nobody gives one to oneself).
    """
    if key == reader.key:
        raise NotAllowed("CLS10")
    with every_school("staff of this school, who may be at home in another one"):
        person = await Person.get_or_none(key=key, status=Status.ACTIVE)
    roles = await queries.roles_of(person.id) if person else []
    here = {role for role, at in roles if at == reader.school.id and role is not Role.STUDENT}
    if person is None or not here or not may_help(reader, person.id, roles, await reach_of(reader)):
        raise NotFound(key)
    return person


@one_transaction
async def invite(person: Person, secret_key: str, *, by: Reader) -> str:
    """A new link for one of the staff; its token, shown this once. An older link is void; the password stays."""
    token = cards.new_token()
    await Invitation.filter(person_id=person.id).delete()
    await Invitation.create(
        person_id=person.id,
        token_hash=sealing.keyed(secret_key, KIND, token),
        ends_at=dates.now() + LASTS,
        by_id=by.id,
    )
    await audit.note("made a sign-in link", by=by, about_id=person.id)
    return token


@one_transaction
async def take_back_factor(person: Person, *, by: Reader) -> None:
    """The app is lost: second factor and password are void, since that one may be too short alone; sessions end."""
    await second_factor.forget(person.id)
    person.password_hash = ""
    await person.save(update_fields=["password_hash"])
    await sessions.end_all_sessions(person.id)
    await audit.note("took back a second factor", by=by, about_id=person.id)


@one_transaction
async def let_go(person: Person, secret_key: str, *, by: Reader) -> None:
    """Somebody has looked: an account that failures stopped may sign in again."""
    await tries.let_go(account_of(person.login), secret_key)
    await audit.note("let an account sign in again", by=by, about_id=person.id)


async def follow(text: str, address: str, secret_key: str, now: datetime) -> str:
    """What the page of choosing a password carries on, for a link that works. Raises Refused with one sentence."""
    tried = Tried(account="", address=address)
    allowed = await tries.begin(tried, secret_key, now)
    token_hash = sealing.keyed(secret_key, KIND, cards.plain_token(text))
    with every_school("a link is followed before any school is known"):
        there = await Invitation.filter(token_hash=token_hash, ends_at__gt=now, person__status=Status.ACTIVE).exists()
    if not there or not allowed:
        raise Refused(NO_LINK, about="card")
    await tries.succeeded(tried, secret_key)
    return sealing.handed_out(secret_key, KIND, {"link": token_hash}, now + CHOOSE_WITHIN)


async def invited(handed: str, secret_key: str, now: datetime) -> Person:
    """Who follows the link. Raises Refused."""
    what = sealing.handed_back(secret_key, KIND, handed, now)
    with every_school("a link is followed before any school is known"):
        person = (
            await Person.get_or_none(
                invitations__token_hash=what["link"], invitations__ends_at__gt=now, status=Status.ACTIVE
            ).select_related("school")
            if what
            else None
        )
    if person is None:
        raise Refused(NO_LINK)
    return person


@one_transaction
async def choose_password(person: Person, password_hash: str, *, now: datetime) -> None:
    """The password that the person chose; the link is used up, and every session ends. Raises Refused."""
    if not await Invitation.filter(person_id=person.id, ends_at__gt=now).delete():
        raise Refused(NO_LINK)
    person.password_hash = password_hash
    await person.save(update_fields=["password_hash"])
    await sessions.end_all_sessions(person.id)
    of = {"by_id": person.id, "about_id": person.id}
    await audit.note("chose a password", by=None, school_id=second_factor.home_of(person), **of)


async def forget_old_invitations(now: datetime) -> int:
    """Delete links whose time is over; a job's work. How many."""
    return await Invitation.filter(ends_at__lt=now).delete()
