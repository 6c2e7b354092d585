"""What an admin does about platforms for courses: agree with one, change it, let it go."""

from collections.abc import Collection, Mapping
from typing import Any

from tortoise.exceptions import IntegrityError

from engage.classes import lti_rules
from engage.classes.lti_models import LtiLine, LtiLink, LtiPlatform
from engage.database.fields import new_key
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction, savepoint
from engage.errors import NotFound, Refused
from engage.people import audit, oidc_issuer
from engage.people.elsewhere_queries import check_decides, check_whole_district, site_to_change
from engage.people.once import once
from engage.people.rules import Reader

FIELDS = (
    *("name", "issuer", "client_id", "deployments", "authorize", "token", "keys", "site"),
    *("by_roster", "scores", "agreement", "whole_district"),
)
# with another value of these it is another platform: whose account is whose is not known there
IDENTITY = ("issuer", "client_id")
ADDRESSES = ("issuer", "authorize", "token", "keys")
THERE = "A platform with this issuer and client id is here already, at this school or another."


def _agreed(given: Mapping[str, Any], inside: Collection[str], by: Reader) -> dict[str, Any]:
    """What was filled in, as columns. inside: see lti_rules.plain_address. Raises Refused."""
    agreed = {name: given[name] for name in FIELDS}
    for name in ADDRESSES:
        agreed[name] = lti_rules.plain_address(given[name], name, inside)
    agreed["site"] = lti_rules.origin_of(lti_rules.plain_address(given["site"], "site", inside))
    agreed["deployments"] = lti_rules.plain_deployments(given["deployments"])
    agreed["agreement"] = (given["agreement"] or "").strip()
    lti_rules.check_scores(given["scores"], agreed["agreement"])
    check_whole_district(given["whole_district"], by)
    return agreed


@one_transaction
async def agree(given: Mapping[str, Any], inside: Collection[str], form_key: str, *, by: Reader) -> str:
    """Keep a new platform, from which nobody comes in yet (CLS10); its key. Raises NotFound, Refused."""
    check_decides(by)
    agreed = _agreed(given, inside, by)

    async def keep() -> str:
        key = new_key()
        try:
            async with savepoint():
                await LtiPlatform.create(school_id=by.school.id, key=key, **agreed)
        except IntegrityError:
            raise Refused(THERE, about="client_id") from None
        await audit.note("added a platform for courses", by=by, subject=key, detail=agreed["name"])
        return key

    return await once(by, form_key, agreed, keep)


@one_transaction
async def change(platform: LtiPlatform, given: Mapping[str, Any], inside: Collection[str], *, by: Reader) -> None:
    """Keep what was changed. Raises NotFound, Refused."""
    wanted = {**_agreed(given, inside, by), "on": given["on"]}
    # as it stands now: what another admin has just typed is not put back
    of = {"id": platform.id, "school_id": platform.school_id}
    found = await LtiPlatform.filter(**of).select_for_update().first()
    if found is None:
        raise NotFound(platform.key)
    changed = [name for name, value in wanted.items() if getattr(found, name) != value]
    if set(changed) & set(IDENTITY):
        await _forget(found)
    elif not wanted["scores"] and "scores" in changed:
        await _forget_lines(found)
    found.update_from_dict(wanted)
    try:
        async with savepoint():
            await found.save()
    except IntegrityError:
        raise Refused(THERE, about="client_id") from None
    oidc_issuer.forget()
    words = ", ".join(name.replace("_", " ") for name in changed)
    await audit.note("changed a platform for courses", by=by, subject=found.key, detail=f"{found.name}: {words}")


@one_transaction
async def let_go(key: str, *, by: Reader) -> str:
    """Take a platform away with all that is known of its accounts; its name. Raises NotFound."""
    platform = await site_to_change(LtiPlatform, by, key)
    await _forget(platform)
    await LtiPlatform.filter(id=platform.id, school_id=platform.school_id).delete()
    await audit.note("took a platform for courses away", by=by, subject=key, detail=platform.name)
    return platform.name


async def _forget(platform: LtiPlatform) -> None:
    await LtiLink.filter(platform_id=platform.id).delete()
    await _forget_lines(platform)


async def _forget_lines(platform: LtiPlatform) -> None:
    with every_school("a platform of the district hears of several of its schools"):
        await LtiLine.filter(platform_id=platform.id).delete()
