"""Sessions in the table: begun at sign-in, alive for a while, ended for good."""

import re
from datetime import datetime

from starlette.requests import Request

from engage import dates
from engage.database import rows
from engage.database.transaction import one_transaction
from engage.errors import NotFound
from engage.people import sealing
from engage.people.models import Person, Session
from engage.people.queries import asking, digest_of, roles_of
from engage.people.rules import Way
from engage.people.tokens import bearer_of
from engage.web import sessions as web
from engage.web.sessions import SEEN_EVERY, STAFF_AGES, STUDENT_AGES, Machine, Visit


class Table:
    """The session table, as the guard asks it."""

    async def visit(self, slug: str | None, token: str | None, now: datetime | None = None) -> Visit | None:
        """Who asks, in one statement; None where there is no such school or, without a slug, no living session."""
        moment = now or dates.now()
        found = await asking(slug, web.hash_of(token) if token else "")
        if found is None:
            return None
        if found.known and found.seen_at and found.ends_at:
            ages = STUDENT_AGES if found.student else STAFF_AGES
            if web.is_alive(ages, found.seen_at, found.ends_at, moment):
                quiet = min(found.ends_at, found.seen_at + SEEN_EVERY)
                alike = found.reader.one_of_many if found.reader.is_student and not found.reader.is_staff else None
                return Visit(
                    found.reader,
                    found.session_id,
                    seen_at=found.seen_at,
                    quiet_until=quiet,
                    alike=alike,
                    proved_at=found.proved_at,
                )
        if slug is None:
            return None
        return Visit(type(found.reader)(found.reader.school), stale=token is not None)

    async def machine(self, header: str, slug: str | None, secret_key: str) -> Machine | None:
        """Who asks with a token; None where it opens nothing. Raises NotFound where it does not reach the school."""
        bearer = await bearer_of(header, slug, secret_key)
        if bearer is None:
            return None
        return Machine(bearer.id, bearer.reader, frozenset(each.value for each in bearer.opens), bearer)

    @one_transaction
    async def note(self, session_id: int, seen_at: datetime) -> None:
        """Write down the moment of use."""
        await rows.change(Session, {"seen_at": seen_at}, {"id": session_id})

    def sealed(self, secret_key: str, session_id: int, text: str) -> str:
        """A text as a cookie may hold it: nobody reads it but us, and it opens for this session alone."""
        return sealing.sealed(secret_key, f"said/{session_id}", text.encode())

    def unsealed(self, secret_key: str, session_id: int, text: str) -> str:
        """The text again; "" for what was not sealed for this session."""
        return (sealing.opened(secret_key, f"said/{session_id}", text) or b"").decode()


async def start_session(
    request: Request, person: Person, *, way: str, student: bool, proved: bool = True, now: datetime | None = None
) -> Session:
    """Sign a person in on this device: a new token, and the one that came with the request is dead.

    way: one of engage.people.rules.Way; a card alone proves nothing. student: a student's session is a short one.
    proved: whether the person just showed who they are. The answer to this request carries the cookie. Call it inside
    the action's transaction.
    """
    moment = now or dates.now()
    if (old := web.token_in(request)) is not None:
        await Session.filter(token_hash=web.hash_of(old)).delete()
    token = web.new_token()
    session = await Session.create(
        token_hash=web.hash_of(token),
        person_id=person.id,
        way=str(way),
        device=web.device_of(request),
        roles=digest_of(await roles_of(person.id)),
        made_at=moment,
        seen_at=moment,
        ends_at=moment + (STUDENT_AGES if student else STAFF_AGES).whole,
        proved_at=None if way == Way.CARD or not proved else moment,
    )
    web.begin_session(request, session.id, token)
    return session


async def raise_session(request: Request, session_id: int, way: str = "", now: datetime | None = None) -> None:
    """The person has proved anew who they are: a new token for the same session, which ends when it would have.

    way: how they are in from now on, "" as before. Call it inside the action's transaction.
    """
    token = web.new_token()
    changes = {"token_hash": web.hash_of(token), "proved_at": now or dates.now()} | ({"way": str(way)} if way else {})
    if await Session.filter(id=session_id).update(**changes):
        web.begin_session(request, session_id, token)


async def end_session(request: Request) -> None:
    """Sign out on this device: the row is gone, and the browser is told to forget what it has of us."""
    if (token := web.token_in(request)) is not None:
        await Session.filter(token_hash=web.hash_of(token)).delete()
    web.finish_session(request)


async def end_all_sessions(person_id: int, but: int | None = None) -> int:
    """End every session of a person: after a new password, another role, another school, a void card. How many."""
    sessions = Session.filter(person_id=person_id)
    return await (sessions.exclude(id=but) if but is not None else sessions).delete()


async def forget_old_sessions(now: datetime) -> int:
    """Delete the sessions whose time has run out; a job's work. How many."""
    return await Session.filter(ends_at__lt=now).delete()


async def end_one_session(key: str, person_id: int | None) -> None:
    """End one session of this person, and nobody else's. key: the head of its token's hash. Raises NotFound."""
    known = re.fullmatch(r"[0-9a-f]{16}", key)
    if not known or not await Session.filter(token_hash__startswith=key, person_id=person_id).delete():
        raise NotFound(key)
