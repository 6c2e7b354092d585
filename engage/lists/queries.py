"""What is asked about curated lists. lists_for is the one place that decides which of them a reader sees (A3)."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from tortoise.connection import get_connection
from tortoise.expressions import Q, RawSQL, Subquery
from tortoise.functions import Max
from tortoise.queryset import QuerySet, ValuesQuery

from engage.database.asked import asked_of, rows_of
from engage.database.fold import fold
from engage.errors import NotAllowed, NotFound
from engage.lists.models import CuratedList, ListClass, ListItem, Revision, Section
from engage.lists.rules import PUT_AWAY, SEES, ListKind, Part, State, Visibility, may_edit, seen_outright, slug_of
from engage.lists.together_models import ListMember
from engage.people.alike import asked_by
from engage.people.models import SchoolClass
from engage.people.rules import Reader, Scope
from engage.resources.record import ORGANIZATION
from engage.resources.search import BEST_LINK, BEST_PLACE

MOST_WORDS = 8

# the exact state of everything on a list that is not the list's own: how many resources, their versions added up, for
# a resource's version rises with each change that readers could see, so no two states of one list version agree; when
# the last of them changed, since two that write at once may count to the same version; and when a framework of
# standards changed last
STAMP = """(SELECT COUNT(*) || '.' || COALESCE(SUM(r.version), 0)
 || COALESCE('.' || CAST(MAX(r.changed_at) AS TEXT), '')
 FROM list_item i JOIN resource r ON r.id = i.resource_id
 WHERE i.school_id = "curated_list"."school_id" AND i.curated_id = "curated_list"."id")
 || COALESCE((SELECT '.' || CAST(MAX(w.imported_at) AS TEXT) FROM framework w
 WHERE w.school_id = "curated_list"."school_id"), '')"""

# the same of what the list should hold and the library has not: how many titles, and their numbers added up
LACKS = """(SELECT COUNT(*) || '.' || COALESCE(SUM(m.id), 0)
 FROM missing_title m
 WHERE m.school_id = "curated_list"."school_id" AND m.curated_id = "curated_list"."id" AND m.gone_at IS NULL)"""

# most schools work with no standards, and need not be asked which ones a list serves
ALIGNED = """EXISTS (SELECT 1 FROM alignment a WHERE a.school_id = "curated_list"."school_id")"""

# what a person is on the list besides its owner
PART = """(SELECT m.part FROM list_member m
 WHERE m.school_id = "curated_list"."school_id" AND m.curated_id = "curated_list"."id" AND m.person_id = {})"""

# what waits on its bench for those who edit it: suggestions without an answer, comments that nobody settled
WAITING = """(SELECT COUNT(*) FROM suggestion g
 WHERE g.school_id = "curated_list"."school_id" AND g.curated_id = "curated_list"."id" AND g.state = 'waiting')"""
TALK = """(SELECT COUNT(*) FROM list_comment c
 WHERE c.school_id = "curated_list"."school_id" AND c.curated_id = "curated_list"."id" AND c.settled_at IS NULL)"""

PLACE = """
SELECT i.annotation, i.start_here,
 s.key AS section_key, s.title AS section_title, s.note AS section_note,
 r.id AS resource_id, r.version AS resource_version, r.changed_at AS resource_changed_at"""
ON_IT = """
FROM list_item i
JOIN resource r ON r.id = i.resource_id
LEFT JOIN section s ON s.id = i.section_id"""
IN_ORDER = """
WHERE i.school_id = {0} AND i.curated_id = {1}
ORDER BY i.position, i.id
"""
PLACES = f"{PLACE}{ON_IT}{IN_ORDER}"
ITEMS = f"""{PLACE},
 i.key, i.position, i.added_at,
 r.key AS resource_key, r.title, r.creators, r.mode, r.format, r.editions, r.summary, r.subjects, r.language,
 r.audience_low, r.audience_high, r.minutes, r.pages, r.year, r.picture, r.state AS resource_state,
 h.call_number, h.location, h.copies, h.available,
 k.url, k.provider, k.access, k.state AS link_state, f.url AS file_url, f.media_type AS file_type,
 (SELECT MIN(n.value) FROM identifier n
  WHERE n.school_id = i.school_id AND n.resource_id = i.resource_id AND n.scheme = 'isbn') AS isbn,
 (SELECT {{2}}(c.name, '; ') FROM creator c
  WHERE c.school_id = i.school_id AND c.resource_id = i.resource_id AND c.role = '{ORGANIZATION}') AS bodies{ON_IT}
LEFT JOIN holding h ON h.id = (SELECT o.id FROM holding o WHERE o.school_id = i.school_id
 AND o.resource_id = i.resource_id AND o.gone_at IS NULL ORDER BY {BEST_PLACE} LIMIT 1)
LEFT JOIN link k ON k.id = (SELECT o.id FROM link o WHERE o.school_id = i.school_id
 AND o.resource_id = i.resource_id ORDER BY {BEST_LINK} LIMIT 1)
LEFT JOIN link f ON f.id = (SELECT MIN(o.id) FROM link o WHERE o.school_id = i.school_id
 AND o.resource_id = i.resource_id AND (o.media_type LIKE 'audio/%' OR o.media_type LIKE 'video/%')){IN_ORDER}"""


class ListCard(NamedTuple):
    """A list as pages need it. by: who made it, "" where nobody is named any more.

    part: what the reader is on it besides its owner.

    origin: the library that it was adopted or forked from, and its title there; None where it was made here.
    lacks: names the exact state of what it should hold and the library has not. aligned: whether anything in its
    school serves a standard.

    stamp: with `version`, names the exact state of the list and of everything on it.

    waiting, talk: how many suggestions have no answer and how many comments are open; 0 for who is not of the staff.
    """

    id: int
    school_id: int
    key: str
    slug: str
    title: str
    introduction: str
    kind: ListKind
    state: State
    is_template: bool
    visibility: Visibility
    owner_id: int | None
    part: Part | None
    by: str
    origin: tuple[str, str] | None
    ink: str
    scene: str
    grade_low: int | None
    grade_high: int | None
    review_by: date | None
    published_at: datetime | None
    publish_at: datetime | None
    publish_until: datetime | None
    changed_at: datetime
    version: int
    items_count: int
    reading: int
    viewing: int
    listening: int
    stamp: str
    lacks: str
    aligned: bool
    waiting: int
    talk: int

    @property
    def is_out(self) -> bool:
        """Whether it is before its readers: published, and no template."""
        return self.state is State.PUBLISHED and not self.is_template


WORKED_OUT = ("part", "stamp", "lacks", "aligned", "waiting", "talk")
OWN = [name for name in ListCard._fields if name not in (*WORKED_OUT, "by", "origin")]


def lists_for(reader: Reader) -> QuerySet[CuratedList]:
    """The lists of this school that the reader may see, in whatever state; see `published_for`."""
    return CuratedList.filter(_seen_by(reader), school_id=reader.school.id)


def published_for(reader: Reader) -> QuerySet[CuratedList]:
    """The published ones of them: what shelves, feeds and assignments are made of."""
    return lists_for(reader).filter(state=State.PUBLISHED, is_template=False)


def public_of_all(reader: Reader) -> QuerySet[CuratedList]:
    """The published lists of all schools that anybody may see; only inside every_school(). reader: whoever asks."""
    return CuratedList.filter(_seen_by(Reader(reader.school)), state=State.PUBLISHED, is_template=False)


def _seen_by(reader: Reader) -> Q:
    """LST01 to LST04: drafts and withdrawn lists by LST04, published ones by whom they are for."""
    if reader.answers("LST04", Scope.SCHOOL) == "Y":
        return Q()
    outright = seen_outright(reader)
    seen = Q(visibility=Visibility.PUBLIC)
    for visibility in outright[1:]:
        seen |= Q(visibility=visibility)
    if (
        Visibility.CLASSES not in outright
        and reader.answers("LST03", Scope.CLASS) in SEES
        and (reader.class_ids or reader.taught_ids)
    ):
        own = ListClass.filter(
            school_id=reader.school.id, school_class_id__in=sorted(reader.class_ids | reader.taught_ids)
        )
        seen |= Q(visibility=Visibility.CLASSES, id__in=Subquery(own.values("curated_id")))
    seen &= Q(state=State.PUBLISHED, is_template=False)
    if reader.id is not None and reader.answers("LST04", Scope.MINE) == "Y":
        seen |= Q(owner_id=reader.id) | Q(id__in=Subquery(_lists_of_member(reader, list(Part))))
    return seen


def _lists_of_member(reader: Reader, parts: Sequence[Part]) -> QuerySet[ListMember]:
    """The ids of the lists on which the reader has one of these parts."""
    rows = ListMember.filter(school_id=reader.school.id, person_id=reader.id, part__in=list(parts))
    return rows.values("curated_id")  # type: ignore[return-value]


def editable_for(reader: Reader) -> QuerySet[CuratedList]:
    """The lists that the reader may change (LST06): the owner's, those of editors, for the library all of the school.

    Whether may_edit or this is asked, the answer is the same; a test compares them for everybody.
    """
    rows = lists_for(reader)
    if may_edit(reader, None):
        return rows
    if reader.id is None or not may_edit(reader, reader.id):
        return rows.filter(id__in=[])
    return rows.filter(Q(owner_id=reader.id) | Q(id__in=Subquery(_lists_of_member(reader, [Part.EDITOR]))))


def titled(words: str) -> Q:
    """Lists with all these words in their titles, or in their addresses: titles without accents and capitals."""
    found = Q()
    for word in words.split()[:MOST_WORDS]:
        said = Q(title__icontains=word)
        if re.search("[a-z0-9]", fold(word)):
            said |= Q(slug__contains=slug_of(word))
        found &= said
    return found


async def lists_to_suggest_for(reader: Reader) -> list[dict[str, Any]]:
    """The lists that the reader was asked to suggest things for, the last changed first: slug title state by."""
    if reader.id is None or may_edit(reader, None):
        return []
    rows = lists_for(reader).filter(id__in=Subquery(_lists_of_member(reader, [Part.SUGGESTER])))
    found = rows.exclude(state__in=PUT_AWAY).order_by("-changed_at", "-id").limit(50)
    return await found.values("slug", "title", "state", by="owner__name")


async def part_of(reader: Reader, curated_id: int) -> Part | None:
    """What the reader is on a list besides its owner."""
    rows = ListMember.filter(school_id=reader.school.id, curated_id=curated_id, person_id=reader.id)
    found = await rows.limit(1).values_list("part") if reader.id is not None else []
    return Part(found[0][0]) if found else None


async def list_for(reader: Reader, slug: str) -> ListCard:
    """One list that the reader may see, in one statement. Raises NotFound."""
    return await _one(reader, "slug", slug)


async def list_to_edit(reader: Reader, key: str) -> ListCard:
    """One list that the reader may see, by the key that stands in the addresses of curating. Raises NotFound."""
    return await _one(reader, "key", key)


async def list_to_change(reader: Reader, key: str) -> ListCard:
    """The same where the reader may change it. Raises NotFound, NotAllowed (LST06)."""
    curated = await list_to_edit(reader, key)
    if not may_edit(reader, curated.owner_id, curated.part):
        raise NotAllowed("LST06")
    return curated


async def _one(reader: Reader, column: str, name: str) -> ListCard:
    # no student has lists of one's own, so those of the same classes ask the same (LST04)
    asker = reader.one_of_many if reader.is_student and not reader.is_staff else reader
    rows = await asked_of(("list", asker, column), partial(_by_name, asker, column), name)
    if not rows:
        raise NotFound(name)
    return card_of(rows[0])


def _by_name(reader: Reader, column: str, word: str) -> ValuesQuery[Any]:
    return card_question(reader, lists_for(reader).filter(**{column: word}))


def card_question(reader: Reader, rows: QuerySet[CuratedList], **more: str) -> ValuesQuery[Any]:
    """What a ListCard says, of the first of some lists that the reader may see. more: further columns by name."""
    named = {"by": "owner__name", "library": "origin__library", "there": "origin__title"}
    staff = reader.is_staff and reader.id is not None
    member = RawSQL(PART.format(reader.id) if staff else "NULL")
    work = {"waiting": RawSQL(WAITING if staff else "0"), "talk": RawSQL(TALK if staff else "0")}
    beside = {"stamp": RawSQL(STAMP), "lacks": RawSQL(LACKS), "aligned": RawSQL(ALIGNED), "part": member, **work}
    return rows.annotate(**beside).limit(1).values(*OWN, *WORKED_OUT, **named, **more)


def card_of(row: dict[str, Any]) -> ListCard:
    """A row of card_question()."""
    row["part"] = Part(row["part"]) if row["part"] else None
    row["aligned"] = bool(row["aligned"])
    library, there = row.pop("library"), row.pop("there")
    return ListCard(**{**row, "by": row["by"] or "", "origin": None if library is None else (library, there)})


async def items_of(curated: ListCard) -> list[dict[str, Any]]:
    """The items in order, with section, resource, first holding and first link: one statement, however long the list.

    Each row: key position annotation start_here added_at; section_key section_title section_note; resource_id
    resource_version resource_key title creators mode format summary subjects language audience_low audience_high
    minutes pages year picture resource_state resource_changed_at; call_number location copies available of the
    holding; url provider access link_state of the link; file_url file_type of a sound or film; isbn; bodies: those of
    the creators whose role says that they are bodies. What there is not is None.
    """
    rows = await items_to_draw(curated)
    for row in rows:
        for name in MOMENTS:
            row[name] = _moment(row[name])
    return rows


async def items_to_draw(curated: ListCard) -> list[dict[str, Any]]:
    """The same for who needs none of its moments, which stand in it as the database gives them."""
    connection = get_connection("default")
    lite = connection.capabilities.dialect == "sqlite"
    text = ITEMS.format(*(("?1", "?2", "group_concat") if lite else ("$1", "$2", "string_agg")))
    rows: list[dict[str, Any]] = await connection.execute_query_dict(text, [curated.school_id, curated.id])
    return rows


async def places_of(curated: ListCard) -> list[tuple[Any, ...]]:
    """Where the items stand, in order: each a Place, not yet by its names."""
    return [*map(tuple, await rows_of(PLACES, [curated.school_id, curated.id]))]


MOMENTS = ("added_at", "resource_changed_at")


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


async def sections_of(curated: ListCard) -> list[dict[str, Any]]:
    """The sections in order, also empty ones: key title note."""
    rows = Section.filter(school_id=curated.school_id, curated_id=curated.id)
    return await rows.order_by("position", "id").values("key", "title", "note")


async def classes_of(curated: ListCard) -> list[str]:
    """The keys of the school classes that a list for classes is for."""
    rows = ListClass.filter(school_id=curated.school_id, curated_id=curated.id)
    return [key for (key,) in await rows.values_list("school_class__key")]


async def classes_to_choose(reader: Reader, curated: ListCard) -> list[dict[str, Any]]:
    """The school classes that the reader may publish a list to (LST07), and those that it is for, by name: id key name.

    Those of others are among them so that who presses the form does not drop them.
    """
    rows = SchoolClass.filter(school_id=reader.school.id, ended_on=None)
    if not reader.may("LST07", Scope.SCHOOL):
        standing = ListClass.filter(school_id=curated.school_id, curated_id=curated.id).values("school_class_id")
        rows = rows.filter(Q(id__in=sorted(reader.taught_ids)) | Q(id__in=Subquery(standing)))
    return await rows.order_by("name", "id").values("id", "key", "name")


POSTER = ("id", "key", "slug", "title", "introduction", "ink", "scene", "version", "published_at")
COUNTS = ("items_count", "reading", "viewing", "listening")
POSTERS = 48


async def last_change(curated: ListCard) -> dict[str, Any] | None:
    """Who changed a list last, and when (LST13): at act name; None where no change is known."""
    rows = Revision.filter(school_id=curated.school_id, curated_id=curated.id).order_by("-number").limit(1)
    found = await rows.values("at", "act", name="by__name")
    return found[0] if found else None


async def newest(reader: Reader, most: int = 50) -> list[dict[str, Any]]:
    """The published lists that the reader may see, newest first, as `posters` gives them, and changed_at."""

    def make(asker: Reader) -> ValuesQuery[Any]:
        rows = published_for(asker).order_by("-published_at", "-id").limit(most)
        return rows.values(*POSTER, *COUNTS, "changed_at", by="owner__name")

    return await asked_by(reader, ("newest lists", most), make)


async def lists_with(reader: Reader, resource_id: int) -> list[dict[str, Any]]:
    """The published lists that the reader may see on which a resource stands, newest first: slug title ink scene."""
    holding = ListItem.filter(school_id=reader.school.id, resource_id=resource_id).values("curated_id")
    rows = published_for(reader).filter(id__in=Subquery(holding))
    return await rows.order_by("-published_at", "-id").limit(100).values("key", "slug", "title", "ink", "scene")


async def standing_of(curated: ListCard, resource_ids: Sequence[int]) -> set[int]:
    """Which of some resources stand on a list."""
    rows = ListItem.filter(school_id=curated.school_id, curated_id=curated.id, resource_id__in=list(resource_ids))
    return {number for (number,) in await rows.values_list("resource_id")} if resource_ids else set()


async def editable_lists(reader: Reader) -> list[dict[str, Any]]:
    """What the reader may put things on (LST06), the list that they changed last first.

    Each row: key slug title introduction state.
    """
    if reader.id is None or not may_edit(reader, reader.id):
        return []
    rows = editable_for(reader).filter(is_template=False).exclude(state__in=PUT_AWAY)
    last = Revision.filter(school_id=reader.school.id, by_id=reader.id).annotate(last=Max("id"))
    mine = dict(await last.group_by("curated_id").values_list("curated_id", "last"))
    last_changed = rows.order_by("-changed_at", "-id").limit(500)
    found = await last_changed.values("id", "key", "slug", "title", "introduction", "state")
    return sorted(found, key=lambda row: -mine.get(row["id"], 0))


async def review_of(curated: ListCard) -> date | None:
    """The day from which a list waits to be looked through; None where nobody has said and it was never published."""
    rows = CuratedList.filter(school_id=curated.school_id, id=curated.id)
    days: list[date | None] = [day for (day,) in await rows.values_list("review_by")]
    return days[0] if days else None
