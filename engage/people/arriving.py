"""Somebody who came by another way than the page of signing in, on the way to the one page that lets them in.

Whoever knows who it is hands the person on in a sealed cookie; that it was used is written down, so that it opens once.
"""

import json
import secrets
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from tortoise.exceptions import IntegrityError

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction, savepoint
from engage.people import sealing
from engage.people.models import Person
from engage.people.oidc_models import OidcUse
from engage.people.oidc_rules import Whom
from engage.people.rules import Status
from engage.web.routing import path_for
from engage.web.sessions import drop_cookie, set_cookie

WITHIN = timedelta(minutes=2)
KIND = "arriving"


def cookie_of(request: Request) -> str:
    """The name of the cookie."""
    return f"__Host-{KIND}" if request.app.settings.secure else KIND


def on_the_way(request: Request, person: Person, comes: Whom, back: str) -> Response:
    """To the page that lets somebody in. back: where to go then, a path of ours."""
    until = dates.now() + WITHIN
    told = {
        "who": person.id,
        "comes": comes,
        "back": back,
        "until": int(until.timestamp()),
        "once": secrets.token_hex(16),
    }
    answer = RedirectResponse(path_for(request, "people.arrived"), 303)
    sealed = sealing.sealed(request.app.settings.secret_key, KIND, json.dumps(told).encode())
    set_cookie(answer, request, cookie_of(request), sealed, int(WITHIN.total_seconds()))
    return answer


async def arriving(request: Request) -> tuple[Person, Whom, str] | None:
    """Who is on the way, as what, and where to; None for nobody, and for whoever arrived before."""
    now = dates.now()
    secret_key: str = request.app.settings.secret_key
    raw = sealing.opened(secret_key, KIND, request.cookies.get(cookie_of(request), ""))
    told = json.loads(raw) if raw else None
    if told is None or now >= datetime.fromtimestamp(told["until"], UTC):
        return None
    if not await first_time(sealing.keyed(secret_key, KIND, told["once"]), now):
        return None
    with every_school("who signs in names no school"):
        person = await Person.get_or_none(id=told["who"], status=Status.ACTIVE)
    return (person, Whom(told["comes"]), told["back"]) if person else None


def forget(request: Request, answer: Response) -> None:
    """The cookie is of no use any more."""
    drop_cookie(answer, request, cookie_of(request))


@one_transaction
async def first_time(digest: str, now: datetime) -> bool:
    """Whether this comes for the first time. digest: keyed, of something that comes once; kept for twenty minutes."""
    try:
        async with savepoint():
            await OidcUse.create(hash=digest, at=now)
    except IntegrityError:
        return False
    return True
