"""The newsletter: what was new in some days, put together once and then frozen, and who of the staff wants it.

It names lists, programs and announcements, and never a student or what somebody reads. Its links are ours, each counted
without a person; it has no picture. Source: SAFETY.md, P7.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import date, time
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists.queries import published_for
from engage.people.models import Membership
from engage.people.once import once
from engage.people.rules import Reader, Role, Status
from engage.programs.message_queries import given_names
from engage.programs.message_rules import names_somebody
from engage.programs.queries import programs_for
from engage.programs.rules import ProgramState
from engage.promotion.models import Display
from engage.promotion.promoted import keys_of, links_for
from engage.promotion.rules import MOST_DAYS, Medium
from engage.promotion.telling_models import Announcement, Digest, DigestMail, DigestReader
from engage.promotion.telling_queries import may_tell
from engage.promotion.telling_rules import GREETING, SUBJECT, Audience
from engage.web.marks import plain

EACH = 20
TEASER = 240
NAMES_NOBODY = "A student of the school has a name that stands here. A newsletter names nobody."


@dataclass(frozen=True)
class Item:
    """One line of a newsletter. go: the key of its link; "" for words alone."""

    title: str
    line: str
    go: str


Parts = tuple[tuple[str, tuple[Item, ...]], ...]


@dataclass(frozen=True)
class Content:
    """A newsletter. parts: heading and items."""

    greeting: str
    parts: Parts

    @property
    def json(self) -> str:
        """It as Digest.content holds it."""
        return json.dumps(asdict(self), ensure_ascii=False)


def content_of(text: str) -> Content:
    """The newsletter out of Digest.content."""
    said = json.loads(text)
    return Content(
        said["greeting"], tuple((heading, tuple(Item(**item) for item in items)) for heading, items in said["parts"])
    )


def read_by(reader: Reader, for_all: bool) -> Reader:
    """For whose eyes a newsletter is: a visitor's, or those of somebody of the staff with no class."""
    return Reader(reader.school) if for_all else Reader(reader.school, id=0, roles=frozenset({Role.TEACHER}))


@one_transaction
async def compose(
    subject: str,
    greeting: str,
    starts: date,
    ends: date,
    *,
    for_all: bool,
    no_name: bool = False,
    by: Reader,
    form_key: str = "",
) -> str:
    """Put a newsletter together from what was new in some days, both included. Returns its key.

    for_all: it holds only what everybody may see. no_name: whoever writes says that a name in it is nobody's here.
    Raises NotFound, Refused.
    """
    if not may_tell(by):
        raise NotFound("newsletter")
    if ends < starts:
        raise Refused("The last day must not be before the first.", about="ends")
    if ends - starts > MOST_DAYS:
        raise Refused("A newsletter is about a year at most.", about="ends")
    subject, greeting = " ".join(subject.split()), greeting.strip()
    if len(subject) > SUBJECT:
        raise Refused(f"Use up to {SUBJECT} letters.", about="subject")
    if len(greeting) > GREETING:
        raise Refused(f"Use up to {GREETING:,} letters.", about="greeting")
    names = await given_names(by)
    if not no_name and names_somebody(f"{subject} {greeting}", names):
        raise Refused(
            "A student of the school has a name that stands here. A newsletter names nobody.", about="no_name"
        )
    parts = await _parts(read_by(by, for_all), starts, ends, names)
    if not parts and not greeting:
        raise Refused("Nothing was new in these days. Choose others, or write some words.", about="starts")
    content = {"subject": subject, "greeting": greeting, "starts": starts, "ends": ends, "for_all": for_all}

    async def put() -> str:
        whole = Content(greeting, parts).json
        return (await Digest.create(school_id=by.school.id, subject=subject, content=whole, by_id=by.id)).key

    return await once(by, form_key, content, put)


async def _parts(
    reader: Reader, starts: date, ends: date, names: list[str]
) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    school = reader.school
    begins, over = dates.moment(starts, time(), school.zone), dates.end_of(ends, school.zone)
    new = (
        await published_for(reader)
        .filter(published_at__gte=begins, published_at__lt=over)
        .order_by("-published_at", "-id")
        .limit(EACH)
        .values("id", "title", "introduction")
    )
    running = (
        await programs_for(reader)
        .filter(Q(ends=None) | Q(ends__gte=starts), state=ProgramState.PUBLISHED, starts__lte=ends)
        .order_by("starts", "id")
        .limit(EACH)
        .values("id", "title", "introduction")
    )
    shown = await _shown(reader, starts, ends, {row["id"] for row in new})
    heard = Q(audience=Audience.PUBLIC)
    if reader.id is not None:
        heard |= Q(audience__in=[Audience.SCHOOL, Audience.STAFF])
    said = (
        await Announcement.filter(
            heard, school_id=school.id, withdrawn_at=None, from_on__lte=ends, until_on__gte=starts
        )
        .order_by("-from_on", "-id")
        .limit(EACH)
        .values_list("audience", "text")
    )
    go = await links_for(school.id, Medium.NEWSLETTER, [row["id"] for row in new], [row["id"] for row in running])
    parts = (
        # what is said to staff may name a student; a letter never does (SAFETY.md, P7)
        (
            "News",
            tuple(Item("", text, "") for to, text in said if to != Audience.STAFF or not names_somebody(text, names)),
        ),
        ("New lists", tuple(_item(row, go[f"list {row['id']}"]) for row in new)),
        ("On show", shown),
        ("Programs", tuple(_item(row, go[f"program {row['id']}"]) for row in running)),
    )
    return tuple((heading, items) for heading, items in parts if items)


def _item(row: dict[str, Any], go: str) -> Item:
    text = " ".join(plain(row["introduction"]).split())
    return Item(row["title"], text if len(text) <= TEASER else text[:TEASER].rsplit(" ", 1)[0] + " …", go)


async def _shown(reader: Reader, starts: date, ends: date, new: set[int]) -> tuple[Item, ...]:
    """The lists on display in these days, each once, without those that are new."""
    rows = (
        await Display.filter(
            school_id=reader.school.id,
            starts__lte=ends,
            ends__gte=starts,
            curated_id__in=Subquery(published_for(reader).values("id")),
        )
        .order_by("-starts", "-id")
        .values("id", "curated_id", title="curated__title", introduction="curated__introduction")
    )
    once_each = {row["curated_id"]: row for row in reversed(rows) if row["curated_id"] not in new}
    some = list(reversed(once_each.values()))[:EACH]
    keys = await keys_of(reader, [row["id"] for row in some], Medium.NEWSLETTER)
    return tuple(_item(row, keys.get(row["id"], "")) for row in some)


@one_transaction
async def join(address: str, *, by: Reader) -> None:
    """Send the newsletter to one of the staff from now on. Raises NotFound, Refused."""
    if by.id is None or not by.is_staff:
        raise NotFound("newsletter")
    said = address.strip()
    if (
        not 3 <= len(said) <= 254
        or said.count("@") != 1
        or any(not "!" <= sign <= "~" or sign in ',;:<>()[]"\\' for sign in said)
    ):
        raise Refused("This is no e-mail address.", about="address")
    found = await DigestReader.get_or_none(school_id=by.school.id, person_id=by.id)
    if found is None:
        await DigestReader.create(
            school_id=by.school.id, person_id=by.id, address=said, token=secrets.token_urlsafe(32)
        )
        return
    found.address, found.ended_at = said, None
    await found.save(update_fields=["address", "ended_at"])


async def subscription(reader: Reader) -> DigestReader | None:
    """How one of the staff gets the newsletter, or got it."""
    return await DigestReader.get_or_none(school_id=reader.school.id, person_id=reader.id or 0)


async def reader_with(token: str) -> dict[str, Any]:
    """Who has a letter with this token: id, ended_at, school (its name). Raises NotFound."""
    with every_school("a letter names no school"):
        rows = await DigestReader.filter(token=token).limit(1).values("id", "ended_at", school="school__name")
    if not rows:
        raise NotFound("newsletter")
    return rows[0]


@one_transaction
async def let_go(token: str, again: bool = False) -> None:
    """End the newsletter for whoever has a letter with this token, or send it again. Raises NotFound."""
    found = await reader_with(token)
    with every_school("a letter names no school"):
        await DigestReader.filter(id=found["id"]).update(ended_at=None if again else dates.now())


def wanting(school_id: int) -> QuerySet[DigestReader]:
    """Who wants the newsletter and still works at the school."""
    staff = Membership.filter(school_id=school_id, person__status=Status.ACTIVE).exclude(role=Role.STUDENT)
    return DigestReader.filter(school_id=school_id, ended_at=None, person_id__in=Subquery(staff.values("person_id")))


async def how_many(reader: Reader) -> int:
    """How many of the staff want the newsletter."""
    return await wanting(reader.school.id).count()


async def digests(reader: Reader) -> list[dict[str, Any]]:
    """The newsletters of the school, the newest first: key subject at by."""
    rows = Digest.filter(school_id=reader.school.id).order_by("-at", "-id").limit(40)
    return await rows.values("key", "subject", "at", by="by__name")


async def digest_for(reader: Reader, key: str) -> dict[str, Any]:
    """One newsletter: id key subject content. mails: state and problem of each letter, with nobody's name.

    Raises NotFound, NotAllowed (LST08).
    """
    found = await Digest.filter(school_id=reader.school.id, key=key).values("id", "key", "subject", "content")
    if not found:
        raise NotFound(key)
    if not may_tell(reader):
        raise NotAllowed("LST08")
    mails = DigestMail.filter(school_id=reader.school.id, digest_id=found[0]["id"])
    return {**found[0], "content": content_of(found[0]["content"]), "mails": await mails.values("state", "problem")}
