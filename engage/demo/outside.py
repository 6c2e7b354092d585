"""What the demo shows of other systems: a receiver that got something and was stopped, an agreement, and a token.

Its address is one that cannot exist, and nothing is ever sent to it.
"""

from datetime import timedelta

from engage import dates
from engage.demo.people import Place
from engage.evaluation import endpoint_actions
from engage.evaluation.endpoint_actions import Wanted
from engage.evaluation.statement_models import Agreement, Disclosure, Endpoint, EndpointNote, Statement
from engage.evaluation.statement_rules import Data, Speech, State, Waits, Way, reason_of
from engage.people import tokens
from engage.people.token_rules import Opens

LEFT = ((9, Data.USE, 3), (8, Data.PROGRAMS, 12), (6, Data.USE, 3), (6, Data.PROGRAMS, 7), (4, Data.PROGRAMS, 2))


async def send_out(place: Place, secret_key: str) -> None:
    """One receiver of the district, and one token of its dashboard."""
    osei, now = place.staff["osei"], dates.now()
    wanted = Wanted(
        "Valley learning record store, district office",
        Speech.XAPI,
        "https://records.alder-valley.example/xapi/statements",
        Way.BASIC,
        "engage",
        "a-key-of-the-demo",
        (Data.USE, Data.PROGRAMS, Data.LISTS),
        (place.row.key,),
    )
    key = await endpoint_actions.set_receiver(wanted, secret_key, frozenset(), by=osei)
    until = place.today + timedelta(days=300)
    signed = place.today - timedelta(days=20)
    who = "Pat Moss, superintendent, with Valley Data"
    await endpoint_actions.sign(key, [Data.PROGRAMS], who, "Contract folder, number 26-114", signed, until, by=osei)
    endpoint = await endpoint_actions.switch(key, True, by=osei)
    agreement = await Agreement.get(endpoint_id=endpoint.id)
    for back, kind, number in LEFT:
        await Disclosure.create(
            school_id=place.row.id,
            endpoint_id=endpoint.id,
            on=place.today - timedelta(days=back),
            kind=kind.value,
            agreement_id=agreement.id if kind.needs_agreement else 0,
            number=number,
        )
    for number in range(4):
        await Statement.create(
            school_id=place.row.id,
            endpoint_id=endpoint.id,
            number=f"demo-{number}",
            kind=Data.USE.value,
            body="{}",
            state=Waits.PARKED.value if number == 0 else Waits.WAITING.value,
            problem=reason_of(400) if number == 0 else "",
            made_at=now,
        )
    reason = reason_of(401)
    await EndpointNote.create(endpoint_id=endpoint.id, at=now - timedelta(days=4), what="It takes what we send.")
    await EndpointNote.create(endpoint_id=endpoint.id, at=now - timedelta(hours=3), what=f"Stopped. {reason}")
    stopped = {"state": State.STOPPED.value, "problem": reason, "alarm": reason}
    await Endpoint.filter(id=endpoint.id).update(**stopped, last_sent_at=now - timedelta(days=4))
    day = place.today + timedelta(days=200)
    await tokens.make_token(
        "District dashboard, run by Lee in the data office", [Opens.FIGURES], day, True, secret_key, by=osei
    )
    await tokens.make_token("School website", [Opens.LISTS], day, False, secret_key, by=place.staff["tanaka"])
