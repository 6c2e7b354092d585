"""What is done with resources by hand, and with imports: begun, gone through with, taken back."""

from dataclasses import asdict

from tortoise.expressions import F, Subquery

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people.models import School
from engage.people.once import once
from engage.people.rules import Reader
from engage.resources import keeping, revising, writing
from engage.resources.incoming_models import Import, ImportRow
from engage.resources.keeping import keep_resource
from engage.resources.models import Resource
from engage.resources.pictures import ask_for_cover
from engage.resources.queries import job_key
from engage.resources.record import CatalogueRecord, Term, Written, neat
from engage.resources.rules import ImportState, Outcome, ResourceState


@one_transaction
async def add_resource(written: Written, form_key: str, by: Reader) -> str:
    """Put what a person wrote into the catalogue; returns its key. Raises NotFound, Refused."""
    writing.check(written, by)

    async def act() -> str:
        school = await School.get(id=by.school.id)
        known = writing.record_of(written, school.location)
        made = await keep_resource(by.school.id, known, kept=keeping.KEEPABLE)
        await writing.count_in(made, written)
        if any(value is not None for value in writing.access_of(written).values()):
            await made.update_from_dict(writing.access_of(written)).save(update_fields=[*writing.ACCESS])
        await ask_for_cover(made.id)
        return made.key

    return await once(by, form_key, asdict(written), act)


@one_transaction
async def change_resource(key: str, written: Written, by: Reader) -> None:
    """Write over what a resource says; what is different is from now on a person's, and no import changes it.

    Raises NotFound, Refused.
    """
    writing.check(written, by)
    resource = await Resource.get_or_none(school_id=by.school.id, key=key)
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
    if await writing.shelve(resource, beside, written.places):
        kept.add("holdings")
    if await writing.link(resource, beside, written.addresses):
        kept.add("links")
    numbered = await writing.number(resource, beside, written.isbns)
    access = writing.access_of(written)
    if any(getattr(resource, name) is not value for name, value in access.items()):
        await resource.update_from_dict(access).save(update_fields=[*access])
    await revising.write_over(resource, beside, known, frozenset(kept))
    if numbered:
        await ask_for_cover(resource.id)


@one_transaction
async def offer(key: str, offered: bool, by: Reader) -> str:
    """Offer a resource, or offer it no longer; it stays on lists and in logs. Returns its title. Raises NotFound."""
    resource = await Resource.get_or_none(school_id=by.school.id, key=key) if by.may("FED05") else None
    if resource is None:
        raise NotFound(key)
    state = ResourceState.OFFERED if offered else ResourceState.WITHDRAWN
    if resource.state is not state:
        resource.state, resource.changed_at = state, dates.now()
        resource.version += 1
        await resource.save(update_fields=["state", "changed_at", "version"])
    return resource.title


@one_transaction
async def start_import(name: str, file: str, form_key: str, by: Reader) -> str:
    """Queue a look at a file that was uploaded: what would come of it. Returns the import's key.

    name: what the file was called. file: what it is called among our uploads.
    """
    if not by.may("FED05"):
        raise NotFound("imports")

    async def act() -> str:
        made = await Import.create(
            school_id=by.school.id, by_id=by.id, kind="marc", name=neat(name, 200), file=file, dry_run=True
        )
        await _queue(made)
        return made.key

    return await once(by, form_key, {"name": name}, act)


@one_transaction
async def go_ahead(key: str, by: Reader) -> None:
    """Bring in what was looked at. Raises NotFound, Refused."""
    imported = await _import(key, by)
    if not imported.dry_run or imported.state is not ImportState.DONE:
        raise Refused("There is nothing to start: the file is being read, or it was brought in already.")
    if not imported.file:
        raise Refused("The file is not kept any more. Upload it again.")
    await ImportRow.filter(school_id=by.school.id, of_import_id=imported.id).delete()
    counts = dict.fromkeys(("done", "added", "changed", "same", "refused"), 0)
    imported.update_from_dict({**counts, "dry_run": False, "state": ImportState.WAITING, "ended_at": None})
    await imported.save(update_fields=[*counts, "dry_run", "state", "ended_at"])
    await _queue(imported)


@one_transaction
async def go_on(key: str, by: Reader) -> None:
    """Queue an import again that was broken off. Raises NotFound, Refused."""
    imported = await _import(key, by)
    if imported.state not in (ImportState.WAITING, ImportState.RUNNING):
        raise Refused("This import has ended.")
    await _queue(imported)


@one_transaction
async def take_back(key: str, by: Reader) -> int:
    """Offer no longer what an import added; what it changed stays. Returns how many those are.

    Raises NotFound, Refused.
    """
    imported = await _import(key, by)
    if imported.dry_run or imported.state is not ImportState.DONE:
        raise Refused("Only an import that was brought in can be taken back.")
    added = ImportRow.filter(school_id=by.school.id, of_import_id=imported.id, outcome=Outcome.ADDED)
    resources = Resource.filter(
        school_id=by.school.id, state=ResourceState.OFFERED, id__in=Subquery(added.values("resource_id"))
    )
    number: int = await resources.update(
        state=ResourceState.TAKEN_BACK, version=F("version") + 1, changed_at=dates.now()
    )
    imported.state = ImportState.TAKEN_BACK
    await imported.save(update_fields=["state"])
    return number


async def _import(key: str, by: Reader) -> Import:
    imported = await Import.get_or_none(school_id=by.school.id, key=key) if by.may("FED05") else None
    if imported is None:
        raise NotFound(key)
    return imported


async def _queue(imported: Import) -> None:
    args = {"school_id": imported.school_id, "import_id": imported.id}  # type: ignore[attr-defined]
    await enqueue("import_catalogue", args, key=job_key(imported.id))
