"""Lists made out of lists: a copy of one's own, and templates, from which lists are started and which nobody reads."""

from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import rules
from engage.lists.actions import start_list
from engage.lists.editing import put_many
from engage.lists.exchange_models import Origin
from engage.lists.models import CuratedList, ListItem, Section
from engage.lists.queries import list_for
from engage.lists.revisions import keep, look_again, take_up
from engage.lists.rules import ListKind, State, Visibility
from engage.lists.smart_models import SavedSearch
from engage.people.once import once
from engage.people.rules import Reader, Scope
from engage.resources.rules import ResourceState

MOST_TEMPLATES = 200
POSTER = ("ink", "scene", "grade_low", "grade_high")
TEMPLATE = ("key", "title", "introduction", "kind", "items_count", "ink", "scene", "owner_id")


def may_copy(reader: Reader, owner_id: int | None, state: State, part: rules.Part | None = None) -> bool:
    """Whether the reader may make a copy of a list that they see (LST10): of an own one always, else once published."""
    letter = reader.answers("LST10", rules.scope_of(reader, owner_id, part))
    return letter == "Y" or (letter == "P" and state is State.PUBLISHED)


def templates_for(reader: Reader) -> QuerySet[CuratedList]:
    """The templates that the reader may start a list from (LST05): one's own, and those of people who publish."""
    rows = CuratedList.filter(school_id=reader.school.id, is_template=True).exclude(state__in=rules.PUT_AWAY)
    if reader.id is None or not reader.may("LST05", Scope.MINE):
        return rows.filter(id__in=[])
    return rows.filter(Q(owner_id=reader.id) | Q(visibility__not=Visibility.CLASSES))


async def templates_to_choose(reader: Reader) -> list[dict[str, Any]]:
    """The templates by name: TEMPLATE, by, and sections (their headings)."""
    rows = templates_for(reader).order_by("title", "id").limit(MOST_TEMPLATES)
    found = await rows.values("id", *TEMPLATE, by="owner__name")
    parts = Section.filter(school_id=reader.school.id, curated_id__in=[row["id"] for row in found])
    headings: dict[int, list[str]] = {}
    for curated_id, title in await parts.order_by("position", "id").values_list("curated_id", "title"):
        headings.setdefault(curated_id, []).append(title)
    return [{**row, "sections": headings.get(row["id"], [])} for row in found]


@one_transaction
async def copy_list(slug: str, *, title: str, as_template: bool = False, by: Reader, form_key: str = "") -> CuratedList:
    """A draft of one's own with the parts, items and notes of a list that one sees; the same form sent twice makes one.

    as_template: it becomes a template. Raises NotFound, NotAllowed (LST10), Refused (about "title").
    """
    card = await list_for(by, slug)
    if not may_copy(by, card.owner_id, card.state, card.part):
        raise NotAllowed("LST10")
    source = await CuratedList.get(school_id=by.school.id, id=card.id)
    words = {"copy of": card.key, "title": title, "as_template": as_template}

    async def make() -> str:
        return (await _copy(source, title, source.introduction, source.kind, as_template, by)).key

    key = await once(by, form_key, words, make)
    return await CuratedList.get(school_id=by.school.id, key=key)


@one_transaction
async def start_from(
    template: str, *, title: str, introduction: str, kind: ListKind, by: Reader, form_key: str = ""
) -> CuratedList:
    """A draft that begins as a template does; where no introduction is written, with the template's.

    template: its key. Raises NotFound, Refused.
    """
    source = await templates_for(by).filter(key=template).first()
    if source is None:
        raise NotFound(template)
    words = {"template": template, "title": title, "introduction": introduction, "kind": kind}

    async def make() -> str:
        return (await _copy(source, title, introduction.strip() or source.introduction, kind, False, by)).key

    key = await once(by, form_key, words, make)
    return await CuratedList.get(school_id=by.school.id, key=key)


async def _copy(
    source: CuratedList, title: str, introduction: str, kind: ListKind, as_template: bool, by: Reader
) -> CuratedList:
    started = await start_list(title=title, introduction=introduction, kind=kind, by=by)
    taken = await take_up(by, started.key)
    for name in POSTER:
        setattr(taken.curated, name, getattr(source, name))
    taken.curated.is_template = as_template
    of_source = {"school_id": source.school_id, "curated_id": source.id}
    parts = await Section.filter(**of_source).order_by("position", "id").values("id", "title", "note", "position")
    of_copy = {"school_id": source.school_id, "curated_id": taken.curated.id}
    await Section.bulk_create(
        [Section(**of_copy, title=row["title"], note=row["note"], position=place) for place, row in enumerate(parts, 1)]
    )
    await look_again(taken)
    part_of = dict(zip([row["id"] for row in parts], taken.parts, strict=True))
    items = ListItem.filter(**of_source, resource__state=ResourceState.OFFERED).order_by("position", "id")
    rows = await items.values(
        "section_id",
        "annotation",
        "start_here",
        id="resource__id",
        key="resource__key",
        title="resource__title",
        mode="resource__mode",
    )
    if rows:
        new = [
            {
                "of": {name: row[name] for name in ("id", "key", "title", "mode")},
                "section_id": part_of.get(row["section_id"]),
                "annotation": row["annotation"],
                "start_here": row["start_here"],
            }
            for row in rows
        ]
        await put_many(taken, new, by)
    await keep(taken, by, "copied", source.title)
    return taken.curated


@one_transaction
async def make_template(key: str, *, on: bool, by: Reader) -> None:
    """Make a template of a draft, or a draft of a template. Raises NotFound, NotAllowed (LST06), Refused."""
    taken = await take_up(by, key)
    if taken.curated.is_template == on:
        return
    if on and taken.curated.state is not State.DRAFT:
        raise Refused("Readers have this list. Copy it, and make the copy a template.")
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    # what nobody reads and everybody copies must not change by itself
    if on and await SavedSearch.filter(**of_list).exists():
        raise Refused("This list refills itself. Stop that first, or copy it and make the copy a template.")
    if on and await Origin.filter(**of_list, linked=True).exists():
        raise Refused("This list follows that of another library. Copy it, and make the copy a template.")
    taken.curated.is_template = on
    await keep(taken, by, "template" if on else "no template", taken.curated.title)
