"""Reading measures, as the library's own records have them: shown to people who are signed in, where a school says so.

Never computed, never searched by, and in nothing that leaves the library. Source: STANDARDS.md, 6.3.
"""

from dataclasses import dataclass

from engage.database import fold
from engage.people.rules import Reader
from engage.resources.models import Measure

# whose mark a scheme is, by a word of its name
OWNERS = {
    "lexile": "Lexile is a trademark of MetaMetrics.",
    "atos": "ATOS and Accelerated Reader are trademarks of Renaissance Learning.",
    "accelerated": "ATOS and Accelerated Reader are trademarks of Renaissance Learning.",
    "fountas": "Fountas & Pinnell levels are marks of Heinemann.",
    "guided": "Guided reading levels are marks of Heinemann.",
}


@dataclass(frozen=True)
class Measures:
    """What records say of one resource: scheme and value; and whose marks the schemes are."""

    values: tuple[tuple[str, str], ...] = ()
    owners: tuple[str, ...] = ()


async def measures_of(reader: Reader, resource_id: int) -> Measures:
    """The reading measures of a resource that this reader may see; none for visitors, whatever the school says."""
    if reader.id is None:
        return Measures()
    return await _measures(reader.school.id, resource_id, school__shows_measures=True)


async def measures_kept(reader: Reader, resource_id: int) -> Measures:
    """The reading measures of a resource as they are kept, for those who keep the catalogue."""
    return await _measures(reader.school.id, resource_id) if reader.may("FED05") else Measures()


async def _measures(school_id: int, resource_id: int, **more: bool) -> Measures:
    rows = Measure.filter(school_id=school_id, resource_id=resource_id, **more).order_by("id")
    values = tuple((scheme, value) for scheme, value in await rows.values_list("scheme", "value"))
    named = {word for scheme, _ in values for word in fold.words(scheme)}
    return Measures(values, tuple(dict.fromkeys(said for word, said in OWNERS.items() if word in named)))
