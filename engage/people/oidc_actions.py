"""What an admin does about providers of accounts: agree with one, change it, try it, let it go."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engage.database.fields import new_key
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit, oidc_issuer, oidc_rules, sealing
from engage.people.elsewhere_queries import check_decides, check_whole_district, site_to_change
from engage.people.oidc_attempts import kind_of_secret
from engage.people.oidc_models import OidcLink, OidcProvider
from engage.people.once import once
from engage.people.rules import Reader

FIELDS = ("name", "issuer", "client_id", "staff", "students", "domains", "student_claim", "whole_district")
# with another value of these it is another issuer: whose account is whose is not known there
IDENTITY = ("issuer", "client_id")
OTHER_SITE = "This is another site now. Type the secret that it gave you; the old one is not for it to see."
UNTRIED = "Try it first: come back from it once, so that nobody stands before a shut door."


def _agreed(given: Mapping[str, Any], key: str, by: Reader) -> dict[str, Any]:
    """What was filled in, as columns. Raises Refused."""
    agreed = {name: given[name] for name in FIELDS if name in given}
    agreed["issuer"] = oidc_rules.plain_issuer(given["issuer"])
    domains = oidc_rules.plain_domains(given["domains"] or "")
    agreed["domains"] = " ".join(domains)
    agreed["student_claim"] = (given["student_claim"] or "").strip() if given["students"] else ""
    terms = oidc_rules.Terms(
        key, agreed["issuer"], given["client_id"], given["staff"], given["students"], domains, agreed["student_claim"]
    )
    oidc_rules.check_terms(terms)
    check_whole_district(given["whole_district"], by)
    return agreed


@one_transaction
async def agree(given: Mapping[str, Any], secret_key: str, form_key: str, *, by: Reader) -> str:
    """Keep a new provider, which is not offered yet (CLS10); its key. Raises NotFound, Refused."""
    check_decides(by)
    key = new_key()
    agreed = _agreed(given, key, by)
    if not given["secret"]:
        raise Refused("Type the secret that the other site gave you.", about="secret")

    async def keep() -> str:
        secret = sealing.sealed(secret_key, kind_of_secret(key), given["secret"].encode())
        await OidcProvider.create(school_id=by.school.id, key=key, secret=secret, **agreed)
        await audit.note("added a way to sign in elsewhere", by=by, subject=key, detail=agreed["name"])
        return key

    return await once(by, form_key, {**agreed, "secret": sealing.keyed(secret_key, "form", given["secret"])}, keep)


@one_transaction
async def change(provider: OidcProvider, given: Mapping[str, Any], secret_key: str, *, by: Reader) -> None:
    """Keep what was changed; a secret that was left empty stays. Raises NotFound, Refused."""
    agreed = _agreed(given, provider.key, by)
    # as it stands now: what another admin has just typed, its secret above all, is not put back
    of = {"id": provider.id, "school_id": provider.school_id}
    found = await OidcProvider.filter(**of).select_for_update().first()
    if found is None:
        raise NotFound(provider.key)
    provider = found
    wanted = {"on": given["on"], "instead": given["instead"] and given["on"] and given["staff"]}
    other = [name for name in FIELDS if getattr(provider, name) != agreed[name] and name != "name"]
    if "issuer" in other and not given["secret"]:
        raise Refused(OTHER_SITE, about="secret")
    if other or given["secret"]:
        provider.tried_at = None
    if wanted["instead"] and provider.tried_at is None:
        raise Refused(UNTRIED, about="instead")
    if set(other) & set(IDENTITY):
        await OidcLink.filter(provider_id=provider.id).delete()
    if given["secret"]:
        provider.secret = sealing.sealed(secret_key, kind_of_secret(provider.key), given["secret"].encode())
    changed = [name for name, value in {**agreed, **wanted}.items() if getattr(provider, name) != value]
    provider.update_from_dict({**agreed, **wanted})
    await provider.save()
    oidc_issuer.forget()
    words = ", ".join(name.replace("_", " ") for name in [*changed, *(["secret"] if given["secret"] else [])])
    await audit.note(
        "changed a way to sign in elsewhere", by=by, subject=provider.key, detail=f"{provider.name}: {words}"
    )


@one_transaction
async def note_tried(provider: OidcProvider, now: datetime, *, by: Reader) -> None:
    """An admin came back from it with an account."""
    await OidcProvider.filter(id=provider.id, school_id=provider.school_id).update(tried_at=now)
    await audit.note("tried a way to sign in elsewhere", by=by, subject=provider.key, detail=provider.name)


@one_transaction
async def let_go(key: str, *, by: Reader) -> str:
    """Take a provider away with all that is known of its accounts; its name. Passwords are taken again."""
    provider = await site_to_change(OidcProvider, by, key)
    await OidcLink.filter(provider_id=provider.id).delete()
    await OidcProvider.filter(id=provider.id, school_id=provider.school_id).delete()
    await audit.note("took a way to sign in elsewhere away", by=by, subject=key, detail=provider.name)
    return provider.name
