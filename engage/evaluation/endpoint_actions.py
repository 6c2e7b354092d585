"""What the district's admin does with receivers: set one, change it, sign for it, try it, let it go."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.evaluation.endpoint_queries import (
    agreement_of,
    check_sets_receivers,
    in_kinds,
    kinds_of,
    recall_of,
    receiver_for,
    signed_for,
)
from engage.evaluation.statement_models import Agreement, Endpoint, EndpointNote, EndpointSchool, Statement
from engage.evaluation.statement_rules import (
    Data,
    Speech,
    State,
    Waits,
    Way,
    agreement_for,
    check_agreement,
    check_receiver,
)
from engage.outside import addresses
from engage.outside.addresses import Pairs
from engage.people import audit, sealing
from engage.people.models import School
from engage.people.once import once
from engage.people.rules import Reader

MOST = 20
USED_UNTIL = ("reading_until", "viewing_until", "listening_until")


@dataclass(frozen=True)
class Wanted:
    """A receiver as it was filled in. secret: the key, "" to keep the one that is there. schools: their keys."""

    name: str
    speech: Speech
    address: str
    way: Way
    login: str
    secret: str
    kinds: tuple[Data, ...]
    schools: tuple[str, ...]


def seal_of(key: str) -> str:
    """What a key of a receiver is sealed for; it opens for no other."""
    return f"receiver/{key}"


def checked(wanted: Wanted, allowed: Pairs) -> str:
    """The address in one spelling, once all was looked at. Raises Refused."""
    check_receiver(wanted.name, wanted.way, wanted.login, wanted.secret, wanted.speech)
    address = addresses.address_of(wanted.address, allowed)
    addresses.check_sendable(address, allowed)
    return address.url


@one_transaction
async def set_receiver(wanted: Wanted, secret_key: str, allowed: Pairs, form_key: str = "", *, by: Reader) -> str:
    """Set a new receiver, switched off until it was tried; its key. Raises NotFound, Refused."""
    check_sets_receivers(by)
    url = checked(wanted, allowed)
    if not wanted.secret:
        raise Refused("Write the key that the receiver gave you.", about="secret")
    if await Endpoint.filter(district_id=by.school.district_id, ended_at=None).count() >= MOST:
        raise Refused(f"There are {MOST} receivers. Let go of one that is used no longer.")

    async def make() -> str:
        made = Endpoint(
            district_id=by.school.district_id,
            name=wanted.name.strip(),
            speech=wanted.speech.value,
            address=url,
            way=wanted.way.value,
            login=wanted.login.strip(),
            kinds=" ".join(kind.value for kind in wanted.kinds),
            made_at=dates.now(),
            by_id=by.id,
        )
        made.secret = sealing.sealed(secret_key, seal_of(made.key), wanted.secret.encode())
        await made.save()
        await _put_schools(made, wanted.schools, by)
        await _note(made, "Set up.", by)
        await audit.note("set up a receiver of data", by=by, subject=made.key, detail=made.name)
        return made.key

    content = {"name": wanted.name, "address": url, "kinds": wanted.kinds, "schools": wanted.schools}
    return await once(by, form_key, content, make)


@one_transaction
async def change_receiver(key: str, wanted: Wanted, secret_key: str, allowed: Pairs, *, by: Reader) -> None:
    """Change a receiver. What waits of kinds and schools that are switched off goes nowhere.

    Raises NotFound, Refused.
    """
    endpoint = await receiver_for(by, key)
    url = checked(wanted, allowed)
    if url != endpoint.address and not wanted.secret:
        raise Refused("The address is another one. Write the key once more.", about="secret")
    said, anew = _changes(endpoint, wanted, url), Data.USE in wanted.kinds and Data.USE not in kinds_of(endpoint)
    endpoint.name, endpoint.speech, endpoint.address = wanted.name.strip(), wanted.speech.value, url
    endpoint.way, endpoint.login = wanted.way.value, wanted.login.strip()
    endpoint.kinds = " ".join(kind.value for kind in wanted.kinds)
    if wanted.secret:
        endpoint.secret = sealing.sealed(secret_key, seal_of(endpoint.key), wanted.secret.encode())
    endpoint.state, endpoint.problem, endpoint.alarm = State.NEW.value, "", ""
    endpoint.failures, endpoint.failing_since, endpoint.retry_at = 0, None, None
    await endpoint.save()
    said += await _put_schools(endpoint, wanted.schools, by)
    await _drop(endpoint, [kind for kind in Data if kind not in wanted.kinds])
    if anew:
        await _begin_anew(endpoint, USED_UNTIL)
    await _note(endpoint, f"Changed: {', '.join(said) or 'nothing'}.", by)
    await audit.note("changed a receiver of data", by=by, subject=endpoint.key, detail=", ".join(said)[:400])


async def _begin_anew(endpoint: Endpoint, columns: Sequence[str]) -> None:
    """What happened while it was off does not go out afterwards."""
    with every_school("a receiver of the district serves several of its schools"):
        rows = EndpointSchool.filter(endpoint_id=endpoint.id)
        await rows.update(**dict.fromkeys(columns, dates.now().date()))


def _changes(endpoint: Endpoint, wanted: Wanted, url: str) -> list[str]:
    said = []
    if endpoint.address != url or endpoint.speech != wanted.speech:
        said.append("another address")
    if wanted.secret:
        said.append("another key")
    if set(kinds_of(endpoint)) != set(wanted.kinds):
        said.append("other kinds of data")
    return said


async def _put_schools(endpoint: Endpoint, keys: Sequence[str], by: Reader) -> list[str]:
    """Let the data of these schools of the district go to the receiver, and of no other. What changed, in words."""
    rows = School.filter(district_id=by.school.district_id, key__in=list(keys))
    wanted: set[int] = {number for (number,) in await rows.values_list("id")}
    if not wanted:
        raise Refused("Choose at least one school.", about="schools")
    with every_school("a receiver of the district serves several of its schools"):
        placed = await EndpointSchool.filter(endpoint_id=endpoint.id).values_list("school_id")
        there: set[int] = {number for (number,) in placed}
        gone = sorted(there - wanted)
        if gone:
            await EndpointSchool.filter(endpoint_id=endpoint.id, school_id__in=gone).delete()
            left = Statement.filter(endpoint_id=endpoint.id, school_id__in=gone)
            await left.filter(state__in=[Waits.WAITING.value, Waits.PARKED.value]).delete()
        await start_schools(endpoint.id, sorted(wanted - there), dates.now())
    return ["other schools"] if there and there != wanted else []


async def start_schools(endpoint_id: int, school_ids: Collection[int], now: datetime) -> None:
    """From this day (UTC) on, and not from before, what these schools do may go to a receiver."""
    day = now.date()
    for school_id in school_ids:
        await EndpointSchool.create(
            school_id=school_id,
            endpoint_id=endpoint_id,
            folded_until=day,
            reading_until=day,
            viewing_until=day,
            listening_until=day,
        )


async def _drop(endpoint: Endpoint, kinds: Sequence[Data]) -> None:
    """What waits of these kinds goes nowhere any more."""
    names = [kind.value for kind in kinds]
    with every_school("a receiver of the district serves several of its schools"):
        waiting = Statement.filter(endpoint_id=endpoint.id, kind__in=names)
        await waiting.filter(state__in=[Waits.WAITING.value, Waits.PARKED.value]).delete()


async def _note(endpoint: Endpoint, what: str, by: Reader | None) -> None:
    await EndpointNote.create(endpoint_id=endpoint.id, at=dates.now(), what=what, by_id=by.id if by else None)


@one_transaction
async def switch(key: str, on: bool, *, by: Reader) -> Endpoint:
    """Switch a receiver on or off, or let one that stopped go on. Raises NotFound."""
    endpoint = await receiver_for(by, key)
    if on and not endpoint.is_on:
        await _begin_anew(endpoint, ("folded_until", *USED_UNTIL))
    endpoint.is_on, endpoint.state, endpoint.problem = on, State.NEW.value, ""
    endpoint.failures, endpoint.failing_since, endpoint.retry_at, endpoint.alarm = 0, None, None, ""
    await endpoint.save()
    await _note(endpoint, "Switched on." if on else "Switched off.", by)
    act = "switched a receiver of data on" if on else "switched a receiver of data off"
    await audit.note(act, by=by, subject=endpoint.key, detail=endpoint.name)
    return endpoint


@one_transaction
async def try_again(key: str, *, by: Reader) -> int:
    """Send what was set aside once more; how many. Raises NotFound."""
    endpoint = await receiver_for(by, key)
    with every_school("a receiver of the district serves several of its schools"):
        parked = Statement.filter(endpoint_id=endpoint.id, state=Waits.PARKED.value)
        number = await parked.update(state=Waits.WAITING.value, refusals=0, not_before=None, ended_at=None)
    await _note(endpoint, f"{number} that were set aside are sent once more.", by)
    return number


@one_transaction
async def let_go(key: str, *, by: Reader) -> None:
    """Nothing goes to this receiver any more, and its key is forgotten; what it got stays written down.

    Raises NotFound.
    """
    endpoint = await receiver_for(by, key)
    endpoint.is_on, endpoint.ended_at, endpoint.secret = False, dates.now(), ""
    await endpoint.save()
    await _drop(endpoint, list(Data))
    with every_school("a receiver of the district serves several of its schools"):
        await EndpointSchool.filter(endpoint_id=endpoint.id).delete()
    await _note(endpoint, "Let go.", by)
    await audit.note("let go of a receiver of data", by=by, subject=endpoint.key, detail=endpoint.name)


@one_transaction
async def sign(
    key: str,
    kinds: Sequence[Data],
    signed_by: str,
    where: str,
    signed_on: date,
    until: date,
    form_key: str = "",
    *,
    by: Reader,
) -> None:
    """Put an agreement on file, so that these kinds of data may go to a receiver. Raises NotFound, Refused."""
    endpoint = await receiver_for(by, key)
    check_agreement(kinds, signed_on, until, dates.today(by.school.zone))
    words = " ".join(kind.value for kind in kinds)

    async def make() -> str:
        made = await Agreement.create(
            endpoint_id=endpoint.id,
            kinds=words,
            signed_by=signed_by.strip(),
            where=where.strip(),
            signed_on=signed_on,
            until=until,
            made_at=dates.now(),
            by_id=by.id,
        )
        await _note(endpoint, f"An agreement signed by {made.signed_by} is on file, until {until:%d %B %Y}.", by)
        await audit.note("put an agreement on file", by=by, subject=endpoint.key, detail=f"{endpoint.name}: {words}")
        return made.key

    content: Mapping[str, Any] = {"kinds": words, "by": signed_by, "on": signed_on, "until": until}
    await once(by, form_key, content, make)


@one_transaction
async def end_agreement(key: str, agreement_key: str, *, by: Reader) -> None:
    """An agreement holds no longer; what waits under it, and under no other, goes nowhere. Raises NotFound."""
    endpoint = await receiver_for(by, key)
    agreement = await agreement_of(endpoint, agreement_key)
    agreement.ended_at = dates.now()
    await agreement.save(update_fields=["ended_at"])
    left, today = await signed_for(endpoint.id), dates.today(by.school.zone)
    await _drop(endpoint, [kind for kind in in_kinds(agreement.kinds) if not agreement_for(kind, today, left)])
    await _note(endpoint, f"The agreement signed by {agreement.signed_by} was ended.", by)
    await audit.note("ended an agreement", by=by, subject=endpoint.key, detail=endpoint.name)


@one_transaction
async def settle_recall(key: str, *, by: Reader) -> None:
    """A receiver has said that it deleted what it held of somebody who was erased here. Raises NotFound."""
    recall = await recall_of(by, key)
    recall.settled_at = dates.now()
    await recall.save(update_fields=["settled_at"])
    await audit.note("a receiver deleted what it held", by=by, subject=recall.key)
