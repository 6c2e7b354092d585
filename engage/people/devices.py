"""Devices that staff have enrolled: on them a student's card opens alone. Source: SAFETY.md, L3.

The device holds a random token in a cookie, the table its hash. A teacher enrols a device for the own class, who may
open sign-in for the whole school (CLS06) also for the school.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tortoise.queryset import QuerySet

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.models import SchoolClass
from engage.people.once import once
from engage.people.rules import Reader, Scope
from engage.people.sign_in_models import Device
from engage.web.sessions import hash_of, is_token, new_token

MOST = 300
# the use of a device is written down so often at most
NOTED_EVERY = timedelta(hours=1)


async def places_for(reader: Reader) -> list[tuple[str, str]]:
    """For which classes this person may enrol a device, as pairs of key and name; "" is the whole school."""
    rooms = SchoolClass.filter(school_id=reader.school.id, ended_on__isnull=True)
    if reader.may("CLS06", Scope.SCHOOL):
        return [("", "Everyone at the school"), *await rooms.order_by("name").values_list("key", "name")]
    taught = sorted(reader.taught_ids) if reader.may("CLS06", Scope.CLASS) else []
    return list(await rooms.filter(id__in=taught).order_by("name").values_list("key", "name"))


async def devices_of(reader: Reader) -> list[dict[str, Any]]:
    """The devices that this person may revoke, by name: key name kiosk made_at used_at room (or None) and by."""
    rows = _to_revoke(reader).order_by("name", "id").limit(MOST)
    return await rows.values("key", "name", "kiosk", "made_at", "used_at", room="school_class__name", by="by__name")


def _to_revoke(reader: Reader) -> QuerySet[Device]:
    every = Device.filter(school_id=reader.school.id)
    if reader.may("CLS06", Scope.SCHOOL):
        return every
    return every.filter(school_class_id__in=sorted(reader.taught_ids) if reader.may("CLS06", Scope.CLASS) else [])


@one_transaction
async def enrol(name: str, place: str, kiosk: bool = False, *, by: Reader, form_key: str = "") -> str:
    """Enrol a device; the token for its cookie, which nobody sees again. place: of places_for; kiosk: see Device.

    Raises Refused.
    """
    if place not in [key for key, _ in await places_for(by)]:
        raise Refused("Choose for whom the device is.", about="place")
    token = new_token()

    async def act() -> str:
        if await Device.filter(school_id=by.school.id).count() >= MOST:
            raise Refused(f"{MOST} devices are enrolled. Revoke those that are used no longer.")
        room = await SchoolClass.get(school_id=by.school.id, key=place) if place else None
        device = await Device.create(
            school_id=by.school.id,
            school_class_id=room.id if room else None,
            name=name,
            kiosk=kiosk,
            token_hash=hash_of(token),
            made_at=dates.now(),
            by_id=by.id,
        )
        await audit.note("enrolled a device", by=by, subject=device.key, detail=name)
        return device.key

    key = await once(by, form_key, {"name": name, "place": place, "kiosk": kiosk}, act)
    # the same form again is the same device, with another token: the first answer may never have come
    await Device.filter(school_id=by.school.id, key=key).update(token_hash=hash_of(token))
    return token


@one_transaction
async def revoke(key: str, *, by: Reader) -> str:
    """A card opens alone on this device no longer; its name. Raises NotFound."""
    rows = await _to_revoke(by).filter(key=key).values("id", "name")
    if not rows:
        raise NotFound(key)
    await Device.filter(school_id=by.school.id, id=rows[0]["id"]).delete()
    await audit.note("revoked a device", by=by, subject=key, detail=rows[0]["name"])
    return str(rows[0]["name"])


async def enrolled(token: str) -> dict[str, Any] | None:
    """The device with this token: school_id, school_class_id, kiosk; None where it is none of ours (any more)."""
    if not is_token(token):
        return None
    with every_school("a device says itself where it belongs"):
        columns = ("id", "school_id", "school_class_id", "kiosk", "used_at")
        rows = await Device.filter(token_hash=hash_of(token)).values(*columns)
    return rows[0] if rows else None


async def note_use(device: Mapping[str, Any], now: datetime) -> None:
    """Write down that a card opened alone on a device of `enrolled`, once in a while."""
    if device["used_at"] is None or now - device["used_at"] >= NOTED_EVERY:
        await Device.filter(school_id=device["school_id"], id=device["id"]).update(used_at=now)
