"""What is done with resources by hand: written down, changed, offered or not."""

from dataclasses import asdict

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotFound
from engage.people.models import School
from engage.people.once import once
from engage.people.rules import Reader
from engage.resources import keeping, revising, writing
from engage.resources.keeping import keep_resource
from engage.resources.models import Resource
from engage.resources.pictures import ask_for_cover
from engage.resources.record import CatalogueRecord, Term, Written
from engage.resources.rules import ACCESS, ResourceState


@one_transaction
async def add_resource(written: Written, form_key: str, by: Reader) -> str:
    """Put what a person wrote into the catalogue; returns its key. Raises NotFound, Refused."""
    writing.check(written, by)

    async def act() -> str:
        school = await School.get(id=by.school.id)
        known = writing.record_of(written, school.location)
        made = await keep_resource(by.school.id, known, kept=keeping.KEEPABLE)
        await writing.say_more(made, written)
        if any(value is not None for value in writing.access_of(written).values()):
            await made.update_from_dict(writing.access_of(written)).save(update_fields=[*ACCESS])
        await ask_for_cover(made.id)
        return made.key

    return await once(by, form_key, asdict(written), act)


@one_transaction
async def change_resource(key: str, written: Written, by: Reader) -> None:
    """Write over what a resource says; what is different is from now on a person's, and no import changes it.

    Raises NotFound, Refused.
    """
    writing.check(written, by)
    resource = await _held(key, by)
    if resource is None or resource.state is ResourceState.MERGED:
        raise NotFound(key)
    beside = (await revising.beside_of(by.school.id, [resource.id]))[resource.id]
    kept = set(keeping.kept_of(resource))
    columns = writing.columns_of(written)
    kept |= {name for name, value in columns.items() if getattr(resource, name) != value}
    if [(maker.name, maker.role) for maker in beside.makers] != [(maker.name, maker.role) for maker in written.makers]:
        kept.add("creators")
    if [term.text for term in beside.subjects if term.kind != "award"] != list(written.subjects):
        kept.add("subjects")
    kinds = {term.text: term.kind for term in beside.subjects}
    awards = [term for term in beside.subjects if term.kind == "award"]
    known = CatalogueRecord(
        **columns,
        makers=written.makers,
        subjects=(*(Term(text, kinds.get(text, "topic")) for text in written.subjects), *awards),
        title_sort=resource.title_sort if resource.title == written.title else "",
        other_titles=tuple(filter(None, resource.other_titles.split("; "))),
        dewey=resource.dewey,
        cover=resource.cover,
        explicit=resource.explicit,
        measures=tuple(beside.measures),
    )
    await revising.part_editions(resource.format, written.format, beside)
    if await writing.shelve(resource, beside, written.places, written.format):
        kept.add("holdings")
    if await writing.link(resource, beside, written.addresses, written.format):
        kept.add("links")
    numbered = await writing.number(resource, beside, written.isbns)
    there = {number for number in beside.numbers if number[0] == "isbn"}
    wanted = {("isbn", value) for value in writing.isbns_of(written.isbns)}
    removed = (keeping.removed_from(resource) | there) - wanted
    access = writing.access_of(written)
    if any(getattr(resource, name) is not value for name, value in access.items()):
        await resource.update_from_dict(access).save(update_fields=[*access])
    await revising.write_over(resource, beside, known, frozenset(kept), removed)
    if numbered:
        await ask_for_cover(resource.id)


@one_transaction
async def offer(key: str, offered: bool, by: Reader) -> str:
    """Offer a resource, or offer it no longer; it stays on lists and in logs. Returns its title. Raises NotFound."""
    resource = await _held(key, by) if by.may("FED05") else None
    if resource is None or resource.state is ResourceState.MERGED:
        raise NotFound(key)
    state = ResourceState.OFFERED if offered else ResourceState.WITHDRAWN
    if resource.state is not state:
        resource.state, resource.changed_at = state, dates.now()
        resource.version += 1
        await resource.save(update_fields=["state", "changed_at", "version"])
    return resource.title


async def _held(key: str, by: Reader) -> Resource | None:
    """A resource that nobody else changes meanwhile: an import, which holds its school, waits until this is kept."""
    await School.filter(id=by.school.id).select_for_update(no_key=True).only("id").get()
    return await Resource.get_or_none(school_id=by.school.id, key=key)
