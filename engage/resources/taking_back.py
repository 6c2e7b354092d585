"""An import taken back whole, in units: the newest row first, until all is what it was before."""

from datetime import datetime

from tortoise.expressions import F, Subquery

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.resources import restoring, revising
from engage.resources.incoming_models import Import, ImportRow
from engage.resources.models import Resource
from engage.resources.rules import KEPT_BEFORE, ImportState, Outcome, ResourceState

UNIT = 100


async def take_back_import(school_id: int, import_id: int) -> int:
    """The job of taking an import back. Returns how many rows of its report it undid. Safe to run twice."""
    with every_school("a job of one school"):
        undone, below = 0, 2**31 - 1
        while below:
            more, below = await _one_unit(school_id, import_id, below)
            undone += more
        return undone


@one_transaction
async def _one_unit(school_id: int, import_id: int, below: int) -> tuple[int, int]:
    """Undo the rows below a number. Returns how many, and below which number to go on; 0 at the end."""
    imported = await Import.get(school_id=school_id, id=import_id)
    rows = await (
        ImportRow.filter(
            school_id=school_id,
            of_import_id=import_id,
            number__lt=below,
            outcome__in=[Outcome.ADDED, Outcome.CHANGED],
            resource_id__isnull=False,
        )
        .order_by("-number")
        .limit(UNIT)
    )
    if not rows or imported.state is not ImportState.DONE:
        imported.state = ImportState.TAKEN_BACK
        await imported.save(update_fields=["state"])
        return 0, 0
    met: set[int] = set()
    for row in rows:
        if row.resource_id in met:  # type: ignore[attr-defined]
            # a resource that the file names twice is undone a step at a time
            rows = rows[: rows.index(row)]
            break
        met.add(row.resource_id)  # type: ignore[attr-defined]
    await _restore(school_id, [row for row in rows if row.before])
    added = [row.resource_id for row in rows if row.outcome is Outcome.ADDED]  # type: ignore[attr-defined]
    # what others were merged into is theirs as well, and stays
    shared = Resource.filter(school_id=school_id, merged_into_id__in=added).values("merged_into_id")
    offered = Resource.filter(school_id=school_id, id__in=added, state=ResourceState.OFFERED)
    offered = offered.exclude(id__in=Subquery(shared))
    await offered.update(state=ResourceState.TAKEN_BACK, version=F("version") + 1, changed_at=dates.now())
    return len(rows), rows[-1].number


async def _restore(school_id: int, rows: list[ImportRow]) -> None:
    before = {row.resource_id: row.before for row in rows}  # type: ignore[attr-defined]
    if not before:
        return
    beside = await revising.beside_of(school_id, list(before))
    for resource in await Resource.filter(school_id=school_id, id__in=list(before)).order_by("id"):
        if resource.state is not ResourceState.MERGED:
            await restoring.restore(resource, beside[resource.id], before[resource.id])
    # what was undone is not undone again
    await ImportRow.filter(school_id=school_id, id__in=[row.id for row in rows]).update(before="")


async def forget_before(now: datetime) -> int:
    """Forget what resources were before imports of long ago. Returns how many rows forgot it."""
    with every_school("old imports of all schools"):
        old = Import.filter(made_at__lt=now - KEPT_BEFORE, changed__gt=0, dry_run=False)
        return sum([await _forget(school, number) for number, school in await old.values_list("id", "school_id")])


@one_transaction
async def _forget(school_id: int, import_id: int) -> int:
    rows = ImportRow.filter(school_id=school_id, of_import_id=import_id).exclude(before="")
    return await rows.update(before="")
