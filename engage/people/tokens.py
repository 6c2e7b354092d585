"""Tokens: made by an admin for another system, shown once, kept as a keyed hash, revoked at once (SAFETY.md, A1).

A school's token reads one school, a district's all schools of it; none reads anything of a person.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tortoise.queryset import QuerySet

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit, sealing
from engage.people.models import School
from engage.people.once import once
from engage.people.queries import CARD
from engage.people.rules import Reader, Role, SchoolCard
from engage.people.token_models import ApiToken
from engage.people.token_rules import (
    BEGINS,
    MOST,
    ROLE_OF_DISTRICT,
    ROLE_OF_SCHOOL,
    Opens,
    bearer_in,
    check_token,
)

KIND = "api token"
ADMINS = frozenset({Role.SCHOOL_ADMIN, Role.DISTRICT_ADMIN})


@dataclass(frozen=True)
class Bearer:
    """Who asks with a token. id: of the token; district: whether it is the whole district's.

    reader: the token as a Reader of one school, without a person; opens: what it opens.
    """

    id: int
    district: bool
    reader: Reader
    opens: frozenset[Opens]


def check_makes_tokens(reader: Reader) -> None:
    """Who may let another system in (CLS10): an admin of the school or of the district. Raises NotFound."""
    if not reader.roles & ADMINS or not reader.may("CLS10"):
        raise NotFound("tokens")


def may_for_district(reader: Reader) -> bool:
    """Whether the reader may make a token for all schools of the district."""
    return Role.DISTRICT_ADMIN in reader.roles


def _tokens(reader: Reader) -> QuerySet[ApiToken]:
    """The tokens that the reader may see and revoke: of this school, and of the district for its admin."""
    check_makes_tokens(reader)
    if may_for_district(reader):
        return ApiToken.filter(district_id=reader.school.district_id)
    return ApiToken.filter(school_id=reader.school.id)


async def tokens_of(reader: Reader) -> list[dict[str, Any]]:
    """The tokens that open something, then those that do no longer: key name opens ends_on used_on school by lives."""
    today = dates.today(reader.school.zone)
    with every_school("an admin of the district sees the tokens of its schools"):
        rows = (
            await _tokens(reader)
            .order_by("-id")
            .limit(200)
            .values(
                *("key", "name", "scopes", "ends_on", "used_on", "revoked_at", "made_at"),
                school="school__name",
                by="by__name",
            )
        )
    for row in rows:
        row["opens"] = [Opens(word).words.partition(":")[0] for word in row["scopes"].split()]
        row["lives"] = row["revoked_at"] is None and row["ends_on"] >= today
    return sorted(rows, key=lambda row: not row["lives"])


@one_transaction
async def make_token(
    name: str,
    opens: Sequence[Opens],
    ends_on: date,
    district: bool,
    secret_key: str,
    form_key: str = "",
    *,
    by: Reader,
) -> str:
    """A new token, which nobody sees again. district: for all schools of it. Raises NotFound, Refused."""
    check_makes_tokens(by)
    if district and not may_for_district(by):
        raise NotFound("tokens of the district")
    check_token(name, opens, ends_on, dates.today(by.school.zone))
    with every_school("an admin of the district sees the tokens of its schools"):
        if await _tokens(by).filter(revoked_at=None, ends_on__gte=dates.today(by.school.zone)).count() >= MOST:
            raise Refused(f"{MOST} tokens are alive. Revoke those that are used no longer.")
    token = f"{BEGINS}{secrets.token_urlsafe(32)}"
    hashed = sealing.keyed(secret_key, KIND, token)

    async def make() -> str:
        made = await ApiToken.create(
            district_id=by.school.district_id,
            school_id=None if district else by.school.id,
            name=name.strip(),
            token_hash=hashed,
            scopes=" ".join(sorted(each.value for each in opens)),
            ends_on=ends_on,
            made_at=dates.now(),
            by_id=by.id,
        )
        await audit.note("made a token for another system", by=by, subject=made.key, detail=made.name)
        return hashed[:16]

    content = {"name": name, "opens": sorted(opens), "ends_on": ends_on, "district": district}
    if await once(by, form_key, content, make) != hashed[:16]:
        raise Refused("This token was made already, and is shown once only. Revoke it and make another one.")
    return token


@one_transaction
async def revoke(key: str, *, by: Reader) -> str:
    """From the next request on the token opens nothing; its name. Raises NotFound."""
    with every_school("an admin of the district revokes tokens of its schools"):
        row = await _tokens(by).filter(key=key, revoked_at=None).first()
        if row is None:
            raise NotFound(key)
        row.revoked_at = dates.now()
        await row.save(update_fields=["revoked_at"])
    await audit.note("revoked a token", by=by, subject=row.key, detail=row.name)
    return row.name


async def bearer_of(header: str, slug: str | None, secret_key: str) -> Bearer | None:
    """Who asks, by an Authorization header; None where there is no such token, or it opens nothing any more.

    slug: the school that is asked for, None where none is named. Raises NotFound where the token does not reach it.
    """
    token = bearer_in(header)
    if token is None:
        return None
    with every_school("which school a token is of is known only after this"):
        rows = await ApiToken.filter(token_hash=sealing.keyed(secret_key, KIND, token), revoked_at=None).values(
            "id", "school_id", "district_id", "scopes", "ends_on", "used_on", zone="school__zone"
        )
    if not rows:
        return None
    row = rows[0]
    today = dates.today(row["zone"] or "UTC")
    if row["ends_on"] < today:
        return None
    district = row["school_id"] is None
    card = await _school(row, slug)
    if row["used_on"] != today:
        await _note_use(row["id"], today)
    role = ROLE_OF_DISTRICT if district else ROLE_OF_SCHOOL
    return Bearer(
        row["id"], district, Reader(card, roles=frozenset({role})), frozenset(map(Opens, row["scopes"].split()))
    )


async def _school(row: dict[str, Any], slug: str | None) -> SchoolCard:
    """The school that is asked for, if the token reaches it; else the token's own, or the first of its district."""
    schools = School.filter(district_id=row["district_id"], closed_at=None)
    if row["school_id"] is not None:
        schools = schools.filter(id=row["school_id"])
    if slug is not None:
        schools = schools.filter(slug=slug)
    found = await schools.order_by("name", "id").limit(1).values(*CARD)
    if not found:
        raise NotFound(slug or "a school")
    return SchoolCard(**found[0])


@one_transaction
async def _note_use(token_id: int, today: date) -> None:
    """The day on which it was last used, once a day."""
    with every_school("the use of one token is noted"):
        await ApiToken.filter(id=token_id).update(used_on=today)


async def schools_of(bearer: Bearer) -> list[dict[str, Any]]:
    """The schools that a token reaches, by name: slug name zone language."""
    rows = School.filter(district_id=bearer.reader.school.district_id, closed_at=None)
    if not bearer.district:
        rows = rows.filter(id=bearer.reader.school.id)
    return await rows.order_by("name", "id").values("id", "key", "slug", "name", "zone", "language")
