"""What is asked about sites elsewhere from which people come: which there are, who decides, for whom they speak.

Providers of accounts (oidc_models) and platforms for courses (classes/lti_models) are such sites.
"""

from collections.abc import Collection
from typing import TypeVar

from tortoise.functions import Count

from engage.database.tenancy import every_school
from engage.errors import NotFound, Refused
from engage.people.models import School
from engage.people.oidc_models import Elsewhere
from engage.people.rules import Reader, Role

Site = TypeVar("Site", bound=Elsewhere)


async def agreed_with(kind: type[Site], reader: Reader) -> list[Site]:
    """The sites that this school's people come from: its own, and those of the whole district; by name."""
    with every_school("a site of the whole district stands at one of its schools"):
        rows = await kind.filter(school__district_id=reader.school.district_id).order_by("name", "id")
    return [row for row in rows if row.whole_district or row.school_id == reader.school.id]


def check_decides(reader: Reader) -> None:
    """Whether somebody decides from which sites people come. Raises NotFound."""
    if not reader.may("CLS10"):
        raise NotFound("CLS10")


def check_whole_district(wanted: bool, by: Reader) -> None:
    """Refuse that a school's admin lets a site in at every school of the district. Raises Refused."""
    if wanted and Role.DISTRICT_ADMIN not in by.roles:
        raise Refused("Only an admin of the district decides for its other schools.", about="whole_district")


def may_change(reader: Reader, site: Elsewhere) -> bool:
    """Whether an admin may change a site: what counts for the whole district is for its admins."""
    here = site.school_id == reader.school.id or site.whole_district
    return here and reader.may("CLS10") and (not site.whole_district or Role.DISTRICT_ADMIN in reader.roles)


async def site_to_change(kind: type[Site], reader: Reader, key: str) -> Site:
    """A site that this admin may change. Raises NotFound."""
    for site in await agreed_with(kind, reader):
        if site.key == key and may_change(reader, site):
            return site
    raise NotFound(key)


async def reach_of(site: Elsewhere) -> set[int]:
    """The schools for which a site's word counts."""
    if not site.whole_district:
        return {site.school_id}
    district = (await School.get(id=site.school_id).values("district_id"))["district_id"]
    return set(await School.filter(district_id=district).values_list("id", flat=True))  # type: ignore[arg-type]


async def linked_number(kind: type[Site], sites: Collection[Site]) -> dict[int, int]:
    """How many accounts are known of each of these sites, by its id."""
    if not sites:
        return {}
    rows = kind.filter(id__in=[one.id for one in sites], school_id__in=[one.school_id for one in sites])
    numbers = rows.annotate(number=Count("links")).group_by("id").values_list("id", "number")
    return dict(await numbers)
