"""What is asked about accounts elsewhere: which providers there are, and for whom their word counts."""

from typing import Any

from tortoise.expressions import Q

from engage.database.tenancy import every_school
from engage.errors import NotFound
from engage.people import queries
from engage.people.elsewhere_queries import agreed_with, reach_of
from engage.people.models import School
from engage.people.oidc_models import OidcLink, OidcProvider
from engage.people.oidc_rules import ADMINS, Terms, only_within
from engage.people.rules import Reader


def terms_of(provider: OidcProvider) -> Terms:
    """What was agreed with a provider, as the rules take it."""
    return Terms(
        key=provider.key,
        issuer=provider.issuer,
        client_id=provider.client_id,
        staff=provider.staff,
        students=provider.students,
        domains=tuple(provider.domains.split()),
        student_claim=provider.student_claim,
    )


async def offered(path: str = "") -> list[dict[str, Any]]:
    """The providers that the page of signing in offers: key, name, staff, students, school (its name), in order.

    path: where somebody wants to go; of a school, only what is offered there, with no name of a school.
    """
    slug = path.split("/")[1].partition("?")[0] if path.startswith("/") else ""
    with every_school("somebody who signs in names no school"):
        on = OidcProvider.filter(Q(whole_district=True) | Q(school__closed_at=None), on=True)
        rows = await on.order_by("school__name", "name", "id").values(
            "key", "name", "staff", "students", "whole_district", slug="school__slug", school="school__name",
            district_id="school__district_id",
        )  # fmt: skip
    if not rows:
        return []
    district = await School.get_or_none(slug=slug).values_list("district_id", flat=True) if slug else None
    here = [row for row in rows if row["slug"] == slug or (row["whole_district"] and row["district_id"] == district)]
    return [{**row, "school": ""} for row in here] or rows


async def provider_to_use(key: str, *, tried: bool = False) -> OidcProvider:
    """A provider by the key in its address; tried: also one that is not offered yet. Raises NotFound."""
    with every_school("somebody who signs in names no school"):
        provider = await OidcProvider.get_or_none(key=key)
    if provider is None or not (provider.on or tried):
        raise NotFound(key)
    return provider


async def connectable(reader: Reader) -> list[dict[str, Any]]:
    """The providers that one of the staff may join the own account to: key, name, connected."""
    found = [row for row in await agreed_with(OidcProvider, reader) if row.on and row.staff]
    if not found:
        return []
    mine = set(await OidcLink.filter(person_id=reader.id).values_list("provider_id", flat=True))
    return [{"key": row.key, "name": row.name, "connected": row.id in mine} for row in found]


async def signs_in_elsewhere(person_id: int) -> bool:
    """Whether the schools of one of the staff take no password from them; an admin's is always taken (L1)."""
    with every_school("who signs in names no school"):
        rows = await OidcProvider.filter(on=True, staff=True, instead=True)
    if not rows:
        return False
    held = await queries.roles_of(person_id)
    schools = {school for _, school in held}
    if {role for role, _ in held} & ADMINS:
        return False
    near = [row for row in rows if row.whole_district or row.school_id in schools]
    return any([only_within(schools, await reach_of(row)) for row in near])
