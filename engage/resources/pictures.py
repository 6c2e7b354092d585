"""The pictures of resources: where pages find them, who asks for one, and how one is kept.

A picture is fetched and drawn anew by us before it is shown (picture_seeking); what is served is our own WebP.
"""

import asyncio
import base64
import hashlib
import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from tortoise.expressions import F

from engage import dates
from engage.database.fields import ALPHABET, KEY_LENGTH, new_key
from engage.database.queue import enqueue
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.outside.cage import Cage
from engage.people.rules import Reader
from engage.resources.models import Cover, CoverImage, Resource
from engage.resources.queries import states_for
from feeds import Unreadable

WIDTHS = (120, 240, 480)
JOB = "covers"
OWN, FEED, RECORD, LIBRARY = "own", "feed", "record", "openlibrary"
LARGEST = 400_000
COMMAND = (sys.executable, "-I", "-X", "utf8", "-m", "engage.resources.picture_worker")
SHAPE_LETTERS = 2
# the height of a picture of this width is a number of ten bits
SHAPE = 300
AT_ONCE = 500

REFUSED = {
    "kind": "This is no picture that Engage opens. It opens JPEG, PNG, GIF and WebP.",
    "huge": "This picture has too many points. Make it smaller, for example 1,000 points wide.",
    "small": "This picture is too small to be a cover.",
    "narrow": "This picture is too long and narrow to be a cover.",
    "plain": "This picture is of one color only.",
    "broken": "This picture is damaged.",
    "slow": "This picture takes too long to open.",
}


@dataclass(frozen=True)
class Developed:
    """A picture drawn anew. width, height: as it was opened. digest: of the file that came in. images: by width."""

    width: int
    height: int
    digest: str
    images: tuple[tuple[int, int, bytes], ...]


@dataclass(frozen=True)
class Pictured:
    """A picture as a page shows it: addresses for small places, for others, and for fine screens; width and height."""

    small: str
    src: str
    fine: str
    width: int
    height: int


def picture_of(path: Callable[..., str], key: str | None) -> Pictured | None:
    """Where a page finds a picture; None where the cover is drawn.

    path: makes addresses of rows, as every template has it. key: `Resource.picture`.
    """
    if not key:
        return None
    small, middle, fine = (path("resources.picture", key=key, width=width) for width in WIDTHS)
    return Pictured(small, middle, fine, WIDTHS[1], round(WIDTHS[1] * shape_of(key)))


def key_for(width: int, height: int) -> str:
    """A new key whose last letters say the shape, so that a page leaves room for the picture without asking."""
    units = max(1, min(round(height / width * SHAPE), len(ALPHABET) ** SHAPE_LETTERS - 1))
    tail = ALPHABET[units // len(ALPHABET)] + ALPHABET[units % len(ALPHABET)]
    return new_key()[: KEY_LENGTH - SHAPE_LETTERS] + tail


def shape_of(key: str) -> float:
    """Height for a width of one."""
    high, low = (ALPHABET.index(letter) for letter in key[-SHAPE_LETTERS:])
    return (high * len(ALPHABET) + low) / SHAPE


async def ask_for_cover(resource_id: int) -> None:
    """Look for the picture of a resource, in the transaction under way: it is new, or its cover or ISBN changed."""
    await ask_for_covers([resource_id])


async def ask_for_covers(resource_ids: Sequence[int], new: bool = False) -> None:
    """The same for several. What a person chose, a picture of their own or a drawn one, stays.

    new: there are others, too, of which nothing was known yet.
    """
    if not (resource_ids or new):
        return
    now = dates.now()
    with every_school("whoever wrote these resources named their school"):
        for start in range(0, len(resource_ids), AT_ONCE):
            known = Cover.filter(resource_id__in=list(resource_ids[start : start + AT_ONCE]))
            await known.exclude(found_by=OWN, url="").update(next_try_at=now, tries=0)
    await enqueue(JOB, key=JOB)


@cache
def darkroom() -> Cage:
    """The processes in which pictures are opened."""
    return Cage(COMMAND)


async def develop(body: bytes, room: Cage | None = None) -> Developed:
    """A picture drawn anew in our widths. Raises Refused."""
    try:
        digest = hashlib.sha256(body).hexdigest()
        found = await (room or darkroom()).do("picture", body, _believed, widths=list(WIDTHS))
    except Unreadable as no:
        why = {"too-slow": "slow", "too-large": "huge"}.get(no.code, "broken")
        raise Refused(REFUSED[why], about="file") from no
    if isinstance(found, str):
        raise Refused(REFUSED[found], about="file")
    width, height, images = found
    return Developed(width, height, digest, images)


def _believed(value: Any) -> str | tuple[int, int, tuple[tuple[int, int, bytes], ...]]:
    """What came out of the process. Raises whatever does not fit."""
    if "refused" in value:
        if value["refused"] not in REFUSED:
            raise ValueError("no reason")
        return str(value["refused"])
    images = tuple((width, height, base64.b64decode(text, validate=True)) for width, height, text in value["pictures"])
    sizes = [value["width"], value["height"], *(height for _, height, _ in images)]
    right = all(isinstance(size, int) and 0 < size <= 10_000 for size in sizes)
    webp = all(body[:4] == b"RIFF" and body[8:12] == b"WEBP" and len(body) <= LARGEST for _, _, body in images)
    if not right or not webp or not images or tuple(width for width, _, _ in images) != WIDTHS[: len(images)]:
        raise ValueError("no picture of ours")
    return sizes[0], sizes[1], images


@one_transaction
async def keep_picture(
    school_id: int, resource_id: int, found_by: str, url: str, picture: Developed, now: datetime
) -> bool:
    """Show this picture from now on, unless a person has chosen meanwhile; whether it is another than before."""
    of: dict[str, Any] = {"school_id": school_id, "resource_id": resource_id}
    known = await Cover.select_for_update().get_or_none(**of)
    if _is_chosen(known) and (found_by, url) != (OWN, ""):
        return False
    tried: dict[str, Any] = {
        "found_by": found_by,
        "url": url,
        "problem": "",
        "tries": 0,
        "tried_at": now,
        "next_try_at": None,
    }
    if known is not None and known.digest == picture.digest:
        await known.update_from_dict(tried).save(update_fields=list(tried))
        return False
    said = {**tried, "digest": picture.digest, "width": picture.width, "height": picture.height}
    if known is None:
        known = await Cover.create(**of, **said)
    else:
        await known.update_from_dict(said).save(update_fields=list(said))
        await CoverImage.filter(school_id=school_id, cover_id=known.id).delete()
    key = key_for(picture.width, picture.height)
    for width, height, body in picture.images:
        await CoverImage.create(school_id=school_id, cover_id=known.id, key=key, width=width, height=height, body=body)
    await _show(of, key, now)
    return True


@one_transaction
async def keep_miss(
    school_id: int, resource_id: int, found_by: str, url: str, problem: str, again: datetime | None, now: datetime
) -> None:
    """There is no picture, and why; `again` is when to look once more.

    One that was kept before goes on being shown, and what a person has chosen meanwhile stays.
    """
    of: dict[str, Any] = {"school_id": school_id, "resource_id": resource_id}
    known = await Cover.select_for_update().get_or_none(**of)
    if _is_chosen(known):
        return
    if known is None:
        known = Cover(**of, tries=0)
    known.problem, known.tried_at, known.next_try_at = problem, now, again
    known.tries += 1
    if not known.digest:
        known.found_by, known.url = found_by, url
    await known.save()


def _is_chosen(known: Cover | None) -> bool:
    """Whether a person brought the picture, or wants it drawn; the address of one is only where to look first."""
    return known is not None and known.found_by == OWN and not known.url


async def choose(key: str, body: bytes, by: Reader) -> None:
    """Show a picture that a person brings. Raises NotFound, Refused."""
    resource = await _to_change(key, by)
    picture = await develop(body)
    await keep_picture(by.school.id, resource, OWN, "", picture, dates.now())


async def draw(key: str, by: Reader) -> None:
    """Show the drawn cover, and look for no other. Raises NotFound."""
    await draw_instead(by.school.id, await _to_change(key, by), OWN, None, dates.now())


@one_transaction
async def look_again(key: str, by: Reader) -> None:
    """Forget the picture, whoever chose it, and look for one as if the resource were new. Raises NotFound."""
    now = dates.now()
    await draw_instead(by.school.id, await _to_change(key, by), "", now, now)
    await enqueue(JOB, key=JOB)


async def _to_change(key: str, by: Reader) -> int:
    rows = Resource.filter(school_id=by.school.id, key=key)
    for (number,) in await rows.values_list("id") if by.may("FED05") else ():
        return int(number)
    raise NotFound(key)


async def known_of(reader: Reader, resource_id: int) -> dict[str, Any] | None:
    """What is known of a resource's picture: found_by url digest problem tried_at next_try_at; None if nothing."""
    rows = Cover.filter(school_id=reader.school.id, resource_id=resource_id)
    columns = ("found_by", "url", "digest", "problem", "tried_at", "next_try_at")
    return next(iter(await rows.values(*columns)), None)


@one_transaction
async def draw_instead(school_id: int, resource_id: int, found_by: str, again: datetime | None, now: datetime) -> None:
    """Show no picture: the cover is drawn. found_by: OWN where a person wants it so. again: when to look for one."""
    of: dict[str, Any] = {"school_id": school_id, "resource_id": resource_id}
    known = await Cover.get_or_none(**of) or Cover(**of)
    known.update_from_dict(
        {"found_by": found_by, "url": "", "digest": "", "width": 0, "height": 0, "problem": "", "tries": 0}
    )
    known.tried_at, known.next_try_at = now, again
    await known.save()
    await CoverImage.filter(school_id=school_id, cover_id=known.id).delete()
    await _show(of, "", now)


async def _show(of: dict[str, Any], key: str, now: datetime) -> None:
    await Resource.filter(id=of["resource_id"], school_id=of["school_id"]).update(
        picture=key, version=F("version") + 1, changed_at=now
    )


async def check_shown(reader: Reader, key: str) -> None:
    """Refuse the picture of what does not exist for the reader. Raises NotFound."""
    shown = CoverImage.filter(school_id=reader.school.id, key=key, cover__resource__state__in=states_for(reader))
    if not await shown.exists():
        raise NotFound(key)


async def image_of(reader: Reader, key: str, width: int) -> bytes:
    """A picture in a width, or in the widest that it has, as WebP. Raises NotFound."""
    rows = CoverImage.filter(school_id=reader.school.id, key=key, width__lte=width).order_by("-width").limit(1)
    for (body,) in await rows.values_list("body"):
        return bytes(body)
    raise NotFound(key)


async def jpeg_of(reader: Reader, key: str, width: int) -> bytes:
    """The same as JPEG. Raises NotFound."""
    return await asyncio.to_thread(_as_jpeg, await image_of(reader, key, width))


def _as_jpeg(body: bytes) -> bytes:
    # what we drew ourselves may be opened here; importing takes long, and few ask
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(body), formats=["WEBP"]) as picture:
        picture.convert("RGB").save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()
