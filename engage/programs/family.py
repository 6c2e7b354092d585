"""The page of a family: how far a student is, under an address that expires. It names no title (SAFETY.md, P2, P3).

The student hands it out and can end it; nobody else can make one. Source: PRODUCT.md, section 2.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people.models import Person
from engage.people.once import once
from engage.people.queries import reader_at
from engage.people.rules import Reader
from engage.programs.actions import myself
from engage.programs.review_models import FamilyLink

DAYS = (7, 30, 90)
MOST = 4
TOKEN_BYTES = 24


@dataclass(frozen=True)
class Handed:
    """A family's address that works: whose it is, and until when."""

    reader: Reader
    ends_at: datetime


@one_transaction
async def hand_out(days: int, form_key: str, by: Reader) -> str:
    """Make an address for the own family; returns its token, which is shown this once. Raises NotFound, Refused.

    The same form sent again makes no second one, and cannot show the first one again, since only its hash is kept.
    """
    who = myself(by)
    if by.by_card:
        raise Refused("First show that it is you: a card alone hands nothing out.")
    if days not in DAYS:
        raise Refused("Choose for how long it works.", about="days")
    await Person.filter(school_id=by.school.id, id=who.id).select_for_update().first()
    token = secrets.token_urlsafe(TOKEN_BYTES)

    async def act() -> str:
        await _hand_out(token, days, who.id, by)
        return _hashed(token)

    if await once(by, form_key, {"days": days}, act) != _hashed(token):
        raise Refused("This address was made and shown a moment ago. End it below if you did not keep it.")
    return token


async def _hand_out(token: str, days: int, person_id: int, by: Reader) -> None:
    now = dates.now()
    alive = FamilyLink.filter(school_id=by.school.id, person_id=person_id, ended_at=None, ends_at__gt=now)
    if await alive.count() >= MOST:
        raise Refused(f"You have {MOST} addresses that work. End one of them first.")
    await FamilyLink.create(
        school_id=by.school.id,
        person_id=person_id,
        token_hash=_hashed(token),
        made_at=now,
        ends_at=now + timedelta(days=days),
    )


@one_transaction
async def end(key: str, by: Reader) -> None:
    """End one of the own addresses. Raises NotFound."""
    rows = FamilyLink.filter(school_id=by.school.id, person_id=myself(by).id, key=key, ended_at=None)
    if not await rows.update(ended_at=dates.now()):
        raise NotFound(key)


async def links_of(reader: Reader) -> list[dict[str, Any]]:
    """The reader's addresses that work, the last one first: key made_at ends_at."""
    rows = FamilyLink.filter(
        school_id=reader.school.id, person_id=myself(reader).id, ended_at=None, ends_at__gt=dates.now()
    )
    return await rows.order_by("-id").values("key", "made_at", "ends_at")


async def handed(school_id: int, slug: str, token: str) -> Handed:
    """Whose page an address shows. Raises NotFound where it never was, is over, or the student is gone."""
    rows = FamilyLink.filter(
        school_id=school_id, token_hash=_hashed(token), ended_at=None, ends_at__gt=dates.now(), person__gone_at=None
    )
    found = await rows.limit(1).values_list("person_id", "ends_at")
    reader = await reader_at(found[0][0], slug) if found else None
    if reader is None or not reader.is_student:
        raise NotFound("a family's page")
    return Handed(reader, found[0][1])


async def forget_old_links(now: datetime) -> int:
    """Delete addresses that ended or expired a day ago, as a job; how many."""
    old = now - timedelta(days=1)
    return await FamilyLink.filter(ended_at__lt=old).delete() + await FamilyLink.filter(ends_at__lt=old).delete()


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
