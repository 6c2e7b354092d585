"""Signing in with an account elsewhere: there, and back."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.outside.fetch import Unreachable, door_of
from engage.people import (
    actions,
    arriving,
    elsewhere_queries,
    oidc_accounts,
    oidc_actions,
    oidc_attempts,
    oidc_queries,
    queries,
    second_factor,
    tries,
)
from engage.people.entering_pages import enter, show_sign_in
from engage.people.forms import StaffForm
from engage.people.models import Person
from engage.people.oidc_attempts import Attempt, Service
from engage.people.oidc_models import OidcProvider
from engage.people.oidc_rules import Account, Whom, Wrong
from engage.people.rules import Reader, Way
from engage.people.sessions import Table
from engage.people.sign_in import Next
from engage.people.tries import Tried
from engage.web.csrf import is_followed_here
from engage.web.limits import address_of
from engage.web.proving import to_prove
from engage.web.render import say, see_other, whole
from engage.web.routing import path_for
from engage.web.sessions import PROVED_FOR, drop_cookie, own_path, proved, recognise, set_cookie, token_in

MOST_AT_ONCE = 4


def service_of(request: Request, key: str) -> Service:
    """How this server goes to a provider, by its key, and is come back to."""
    settings = request.app.settings
    door = replace(door_of(settings), waited_for=True)
    return Service(door, settings.secret_key, whole(request, path_for(request, "people.oidc_back", key=key)))


async def leave(
    request: Request, provider: OidcProvider, *, purpose: str, who: str = "", back: str = "", again: bool = False
) -> Response:
    """To the issuer, with a cookie that knows the attempt when it comes back. Raises Refused."""
    service = service_of(request, provider.key)
    attempt, there = await oidc_attempts.begin(
        provider, service, dates.now(), purpose=purpose, who=who, back=back, again=again
    )
    answer = RedirectResponse(there, 303)
    old = [name for name in request.cookies if "oidc-" in name]
    for name in old[: max(0, len(old) - MOST_AT_ONCE + 1)]:
        drop_cookie(answer, request, name)
    seconds = int(oidc_attempts.WITHIN.total_seconds())
    set_cookie(
        answer, request, _cookie(request, attempt.state), oidc_attempts.sealed(attempt, service.secret_key), seconds
    )
    return answer


def _cookie(request: Request, state: str) -> str:
    name = oidc_attempts.cookie_of(state)
    return f"__Host-{name}" if request.app.settings.secure else name


async def oidc_go(request: Request) -> Response:
    """From the page of signing in to a provider. again: the password is asked for anew there."""
    provider = await oidc_queries.provider_to_use(request.path_params["key"])
    back, again = own_path(request.query_params.get("next", "")), request.query_params.get("again") == "1"
    try:
        return await leave(request, provider, purpose="in", back=back, again=again)
    except Refused as refused:
        return await _no(request, refused.sentence, back)


async def oidc_back(request: Request) -> Response:
    """Back from a provider: in, or the page of signing in with one sentence for whatever is not so."""
    key, asked = request.path_params["key"], request.query_params
    state = asked.get("state", "")[:100]
    name = _cookie(request, state)
    secret_key = request.app.settings.secret_key
    attempt = oidc_attempts.opened(request.cookies.get(name, ""), secret_key, state, key, dates.now())
    if attempt is None:
        return await _no(request, oidc_accounts.NO, "")
    answer = await _come_back(request, attempt)
    drop_cookie(answer, request, name)
    return answer


async def _come_back(request: Request, attempt: Attempt) -> Response:
    now, asked = dates.now(), request.query_params
    provider = await oidc_queries.provider_to_use(attempt.provider, tried=attempt.purpose == "try")
    service = service_of(request, provider.key)
    tried = Tried("", address_of(request))
    allowed = await tries.begin(tried, service.secret_key, now)
    reader = await _who_left(request, attempt) if attempt.purpose != "in" else None
    try:
        if not allowed or not asked.get("code"):
            raise Wrong(f"The issuer says: {asked.get('error', 'nothing')[:80]}.")
        said, code = asked.get("iss", "")[:500], asked["code"][:4_000]
        account = await oidc_attempts.account_for(attempt, provider, service, code, said, now)
        if attempt.purpose != "in":
            await tries.succeeded(tried, service.secret_key)
            return await _for_oneself(request, attempt, provider, account, reader)
        address = address_of(request)
        person, comes = await oidc_accounts.person_with(account, provider, service.secret_key, address, now)
    except Unreachable:
        return await _no(request, oidc_attempts.NOT_REACHED, attempt.next, attempt)
    except Wrong as wrong:
        return await _no(request, wrong.why if attempt.purpose == "try" else oidc_accounts.NO, attempt.next, attempt)
    except Refused as refused:
        return await _no(request, refused.sentence, attempt.next, attempt)
    await tries.succeeded(tried, service.secret_key)
    fresh = (
        account.signed_in_at is not None and abs(now.timestamp() - account.signed_in_at) < PROVED_FOR.total_seconds()
    )
    return await _in(request, person, comes, attempt.next, fresh)


async def _in(request: Request, person: Person, comes: Whom, back: str, fresh: bool) -> Response:
    """A session, after the code of an app where there is one. fresh: the issuer asked for the password just now."""
    if comes is Whom.STUDENTS:
        await actions.sign_in(request, person, way=Way.ELSEWHERE, student=True, proved=fresh)
        return RedirectResponse(back or await queries.home_of(person.id), 303)
    then = Next.IN
    if await second_factor.has_one(person.id):
        then = Next.CODE
    elif await second_factor.needs_one(person.id):
        then = Next.SET_UP
    return await enter(request, person, then, back, Way.ELSEWHERE, proved=fresh)


async def arrived(request: Request) -> Response:
    """In, for whoever was sent here by a way that knows who it is, like a launch from a course."""
    found = await arriving.arriving(request)
    answer = await (_in(request, *found, fresh=False) if found else _no(request, oidc_accounts.NO, ""))
    arriving.forget(request, answer)
    return answer


async def _who_left(request: Request, attempt: Attempt) -> Reader | None:
    """Who began an attempt from a page of their own, if they are still in; what is said is said to them."""
    visit = await Table().visit(attempt.next.split("/")[1], token_in(request))
    if visit is None or visit.session_id is None or visit.user.key != attempt.who:
        return None
    recognise(request, visit)
    reader: Reader = visit.user
    return reader


async def _for_oneself(
    request: Request, attempt: Attempt, provider: OidcProvider, account: Account, reader: Reader | None
) -> Response:
    """Back at the page that somebody who is in left from. Raises Refused where that one is in no more."""
    if reader is None:
        raise Refused("You were signed out meanwhile. Sign in and try again.")
    if attempt.purpose == "try":
        say(request, await _tried(request, provider, account, reader))
        return RedirectResponse(attempt.next, 303)
    person = await queries.oneself(reader)
    await oidc_accounts.connect(person, account, provider, request.app.settings.secret_key, dates.now())
    say(request, f"You can sign in with {provider.name} from now on.")
    return RedirectResponse(attempt.next, 303)


async def _tried(request: Request, provider: OidcProvider, account: Account, reader: Reader) -> str:
    """What an admin reads who came back: that it works, and who would come in with that account."""
    current = await elsewhere_queries.site_to_change(OidcProvider, reader, provider.key)
    await oidc_actions.note_tried(current, dates.now(), by=reader)
    found = await oidc_accounts.whom(account, current, request.app.settings.secret_key)
    if found is None:
        what = account.email or "no verified e-mail"
        return f"It works. With this account ({what}) nobody of the school would come in."
    person, comes, _ = found
    return f"It works. This account is that of {'a student' if comes is Whom.STUDENTS else person.name}."


async def connect(request: Request) -> Response:
    """One of the staff joins an account elsewhere to the own one.

    Only from a page of ours: another site that led here could have signed its own account in over there before.
    """
    reader: Reader = request.user
    key = request.path_params["key"]
    if key not in {one["key"] for one in await _connectable(reader)}:
        raise NotFound(key)
    if not proved(request):
        return to_prove(request)
    if not is_followed_here(request):
        return see_other(request, "people.me")
    provider = await oidc_queries.provider_to_use(key)
    try:
        return await leave(request, provider, purpose="connect", who=reader.key, back=path_for(request, "people.me"))
    except Refused as refused:
        say(request, refused.sentence, "wrong")
        return see_other(request, "people.me")


async def _connectable(reader: Reader) -> list[dict[str, object]]:
    return await oidc_queries.connectable(reader) if reader.is_staff else []


async def disconnect(request: Request) -> Response:
    """Part the own account from one elsewhere."""
    name = await oidc_accounts.disconnect(await queries.oneself(request.user), request.path_params["key"])
    say(request, f"{name} is no longer joined to your account.")
    return see_other(request, "people.me")


async def _no(request: Request, sentence: str, back: str, attempt: Attempt | None = None) -> Response:
    """Where it began, with a sentence."""
    if attempt is not None and attempt.purpose != "in":
        say(request, sentence, "wrong")
        return RedirectResponse(attempt.next, 303)
    form = StaffForm(data={"next": back})
    form.refuse(Refused(sentence))
    return await show_sign_in(request, form, 422)
