"""Every derived row made again from the facts, and what differed from what was kept."""

from engage.engagement import rebuilding as figures
from engage.people.models import School
from engage.programs import rebuild as outcomes


async def rebuild(school: School) -> list[str]:
    """Derive outcomes and figures of one school again, keep what the facts give, and say what differed, a line each."""
    found = [str(difference) for difference in await outcomes.rebuild(school.id)]
    figure_differences = await figures.differences(school.id)
    if figure_differences:
        await figures.repair(school.id)
    found += [f"{one.what}: kept {one.kept}, derived {one.derived}" for one in figure_differences]
    return [f"{school.slug}: {line}" for line in found]
