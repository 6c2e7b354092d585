"""What is done with resources by hand, and with imports: begun, gone through with, taken back."""

from typing import Any

from tortoise.expressions import F, Subquery

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people.models import School
from engage.people.once import once
from engage.people.rules import Reader
from engage.resources import keeping, revising
from engage.resources.incoming_models import Import, ImportRow
from engage.resources.keeping import keep_resource
from engage.resources.models import Holding, Link, Resource
from engage.resources.queries import job_key
from engage.resources.record import Address, CatalogueRecord, Place, Term, Written, is_web, neat
from engage.resources.rules import ImportState, Outcome, ResourceState

MOST_COPIES = 999


@one_transaction
async def add_resource(written: Written, form_key: str, by: Reader) -> str:
    """Put what a person wrote into the catalogue; returns its key. Raises NotFound, Refused."""
    _check(written, by)

    async def act() -> str:
        school = await School.get(id=by.school.id)
        places = (_place(written, school.location),) if written.copies or written.call_number else ()
        known = CatalogueRecord(
            **_columns(written),
            makers=written.makers,
            subjects=tuple(Term(text) for text in written.subjects),
            places=places,
            addresses=(Address(written.url),) if written.url else (),
        )
        return (await keep_resource(by.school.id, known, kept=keeping.KEEPABLE)).key

    return await once(by, form_key, vars(written), act)


@one_transaction
async def change_resource(key: str, written: Written, by: Reader) -> None:
    """Write over what a resource says; what is different is from now on a person's, and no import changes it.

    Raises NotFound, Refused.
    """
    _check(written, by)
    resource = await Resource.get_or_none(school_id=by.school.id, key=key)
    if resource is None:
        raise NotFound(key)
    beside = (await revising.beside_of(by.school.id, [resource.id]))[resource.id]
    kept = set(keeping.kept_of(resource))
    kept |= {name for name, value in _columns(written).items() if getattr(resource, name) != value}
    if [(maker.name, maker.role) for maker in beside.makers] != [(maker.name, maker.role) for maker in written.makers]:
        kept.add("creators")
    if [term.text for term in beside.subjects if term.kind != "award"] != list(written.subjects):
        kept.add("subjects")
    kinds = {term.text: term.kind for term in beside.subjects}
    awards = [term for term in beside.subjects if term.kind == "award"]
    known = CatalogueRecord(
        **_columns(written),
        makers=written.makers,
        subjects=(*(Term(text, kinds.get(text, "topic")) for text in written.subjects), *awards),
        title_sort=resource.title_sort if resource.title == written.title else "",
        other_titles=tuple(filter(None, resource.other_titles.split("; "))),
        language=resource.language,
        publisher=resource.publisher,
        year=resource.year,
        pages=resource.pages,
        series=resource.series,
        dewey=resource.dewey,
        cover=resource.cover,
        explicit=resource.explicit,
        measures=tuple(beside.measures),
    )
    if await _shelve(resource, beside, written):
        kept.add("holdings")
    if await _link(resource, beside, written):
        kept.add("links")
    await revising.write_over(resource, beside, known, frozenset(kept))


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


def _check(written: Written, by: Reader) -> None:
    if not by.may("FED05"):
        raise NotFound("resources")
    if not neat(written.title, 500):
        raise Refused("Give the resource a title.", about="title")
    if written.url and not is_web(written.url):
        raise Refused("An address begins with https:// or http://.", about="url")
    low, high = written.audience_low, written.audience_high
    if low is not None and high is not None and high < low:
        raise Refused("The highest grade is below the lowest.", about="audience_high")


def _columns(written: Written) -> dict[str, Any]:
    return {
        "title": neat(written.title, 500),
        "mode": written.mode,
        "format": written.format,
        "summary": neat(written.summary, 5_000),
        "audience_low": written.audience_low,
        "audience_high": written.audience_high,
        "minutes": written.minutes,
    }


def _place(written: Written, location: str) -> Place:
    return Place(written.call_number, written.location or location, max(1, min(written.copies, MOST_COPIES)))


async def _shelve(resource: Resource, beside: revising.Beside, written: Written) -> bool:
    """Bring the first holding to what a person wrote; whether that was anything else."""
    of: dict[str, Any] = {"school_id": resource.school_id, "resource_id": resource.id}  # type: ignore[attr-defined]
    standing = [holding for holding in beside.holdings if holding.gone_at is None]
    first = next(iter(standing), None)
    wanted = bool(written.copies or written.call_number)
    if first is None and not wanted:
        return False
    school = await School.get(id=of["school_id"])
    place = _place(written, school.location)
    values: dict[str, Any] = {"call_number": place.call_number, "location": place.location, "copies": place.copies}
    if first is not None and wanted and all(getattr(first, name) == value for name, value in values.items()):
        return False
    if first is None:
        beside.holdings.append(await Holding.create(**of, **values, as_of=dates.now()))
    elif wanted:
        first.update_from_dict({**values, "origin": "", "as_of": dates.now()})
        await first.save(update_fields=[*values, "origin", "as_of"])
    else:
        first.gone_at = dates.now()
        await first.save(update_fields=["gone_at"])
    return True


async def _link(resource: Resource, beside: revising.Beside, written: Written) -> bool:
    """Bring the first link to what a person wrote; whether that was anything else."""
    first = next(iter(beside.links), None)
    if (first.url if first else "") == written.url:
        return False
    if first is None:
        of = {"school_id": resource.school_id, "resource_id": resource.id}  # type: ignore[attr-defined]
        beside.links.append(await Link.create(**of, url=written.url))
    elif written.url:
        first.update_from_dict({"url": written.url, "provider": "", "origin": "", "media_type": ""})
        await first.save(update_fields=["url", "provider", "origin", "media_type"])
    else:
        await first.delete()
        beside.links.remove(first)
    return True
