"""What a person does about a link: another address, the one it moved to, a sign-in noted, left as it is, taken away."""

from collections.abc import Mapping

from tortoise.expressions import F

from engage import dates
from engage.database.fields import KEY_LENGTH
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people.rules import Reader
from engage.resources import keeping, wording
from engage.resources.link_checking import remember
from engage.resources.link_rules import ADDRESS_WAS
from engage.resources.models import Holding, Link, Resource
from engage.resources.record import ADDRESS, is_web, neat
from engage.resources.rules import LinkState
from engage.resources.writing import UNSEEN

AT_ONCE = 25


@one_transaction
async def use_new_address(key: str, by: Reader) -> str:
    """Have a link lead where its site says that it moved to. Returns that address. Raises NotFound, Refused."""
    link = await _link(key, by)
    if not link.moved_to:
        raise Refused("The site does not say where this moved to.")
    new = link.moved_to
    await _lead_to(link, new, by)
    return new


@one_transaction
async def use_new_addresses(seen: Mapping[str, str], by: Reader) -> int:
    """The same for the links that a person saw, by key with the new address that was shown. Returns how many that were.

    What has changed since is left as it is. Raises NotFound.
    """
    if not by.may("FED05"):
        raise NotFound("links")
    keys = [key for key in seen if len(key) == KEY_LENGTH][:AT_ONCE]
    moved = Link.filter(school_id=by.school.id, key__in=keys, state=LinkState.MOVED).order_by("id")
    links = [link for link in await moved if link.moved_to and link.moved_to == seen[str(link.key)]]
    for link in links:
        await _lead_to(link, link.moved_to, by)
    return len(links)


@one_transaction
async def change_address(key: str, url: str, by: Reader) -> None:
    """Have a link lead to another address, which is looked at soon. Raises NotFound, Refused."""
    link = await _link(key, by)
    address = url.strip()
    if not is_web(address) or len(address) > ADDRESS:
        raise Refused("An address begins with https:// or http://.", about="url")
    if address == link.url:
        raise Refused("That is the address it has now.", about="url")
    await _lead_to(link, address, by)


@one_transaction
async def leave_as_it_is(key: str, by: Reader) -> None:
    """What a look found is all right: a page that changed is the right one, a dead one works. Raises NotFound."""
    link = await _link(key, by)
    values = {"state": LinkState.ALIVE, "failures": 0, "moved_to": "", "fingerprint": "", "found": "It works."}
    await _write(link, values, "Somebody looked, and it is all right.", by)


@one_transaction
async def note_sign_in(key: str, note: str, by: Reader) -> None:
    """Say to readers where they sign in; from then on a look that meets a sign-in is content. Raises NotFound."""
    link = await _link(key, by)
    access = neat(note, 200) or f"You sign in at {wording.site_of(link.url, link.provider)}"
    values = {"access": access, "state": LinkState.ALIVE, "failures": 0, "found": "It works."}
    await _write(link, values, f"Readers are told: {access}", by)


@one_transaction
async def look_soon(key: str, by: Reader) -> None:
    """Have it looked at in the coming night. Raises NotFound."""
    link = await _link(key, by)
    link.next_check_at = dates.now()
    await link.save(update_fields=["next_check_at"])


@one_transaction
async def take_away(key: str, by: Reader) -> tuple[str, str]:
    """Take a link away from its resource. Returns the resource's title and where it led. Raises NotFound."""
    link = await _link(key, by)
    resource_id: int = link.resource_id  # type: ignore[attr-defined]
    await link.delete()
    return (await _touch(resource_id, by)).title, link.url


async def _link(key: str, by: Reader) -> Link:
    link = await Link.get_or_none(school_id=by.school.id, key=key) if by.may("FED05") else None
    if link is None:
        raise NotFound(key)
    return link


async def _lead_to(link: Link, address: str, by: Reader) -> None:
    of = {"school_id": by.school.id, "resource_id": link.resource_id}  # type: ignore[attr-defined]
    if await Link.filter(**of, url=address).exclude(id=link.id).exists():
        # the resource leads there already, so this link says nothing more
        await link.delete()
        await _touch(of["resource_id"], by)
        return
    before = link.url
    values = {**UNSEEN, "url": address, "origin": "", "next_check_at": dates.now()}
    await _write(link, values, f"{ADDRESS_WAS}{before}", by)


async def _write(link: Link, values: dict[str, object], sentence: str, by: Reader) -> None:
    await link.update_from_dict(values).save(update_fields=list(values))
    await remember(by.school.id, link.id, link.state, sentence, dates.now(), by.id)
    await _touch(link.resource_id, by)  # type: ignore[attr-defined]


async def _touch(resource_id: int, by: Reader) -> Resource:
    """Its links are a person's from now on, and no import changes them."""
    resource = await Resource.get(id=resource_id, school_id=by.school.id)
    of = {"school_id": by.school.id, "resource_id": resource_id}
    links = await Link.filter(**of)
    resource.kept = keeping.kept_text({*keeping.kept_of(resource), "links"}, keeping.removed_from(resource))
    there = keeping.stock_columns(resource.mode, resource.format, await Holding.filter(**of), links)
    resource.update_from_dict({**there, "changed_at": dates.now()})
    await resource.save(update_fields=["kept", *there, "changed_at"])
    await Resource.filter(id=resource_id, school_id=by.school.id).update(version=F("version") + 1)
    return resource
