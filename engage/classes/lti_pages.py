"""Coming in from a course: there, and back; joining the account; what platforms ask us."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from engage import dates
from engage.classes import lti_accounts, lti_attempts, lti_keys, lti_queries, lti_rules, lti_scores
from engage.classes.lti_attempts import Attempt
from engage.classes.lti_choosing_pages import begin_choice, no
from engage.classes.lti_models import LtiPlatform
from engage.classes.lti_rules import Kind, Message
from engage.errors import Refused
from engage.outside.fetch import Unreachable, door_of
from engage.people import arriving, oidc_issuer, queries, tries
from engage.people.oidc_rules import Whom, Wrong
from engage.people.tries import Tried
from engage.web.forms import Form, sent_form
from engage.web.headers import befriend
from engage.web.limits import address_of
from engage.web.proving import to_prove
from engage.web.render import render, say, whole
from engage.web.routing import path_for
from engage.web.sessions import drop_cookie, own_path, proved, set_cookie

MOST_AT_ONCE = 4
FRAMES = frozenset({"iframe", "frame", "embed", "object"})
JOINING = "lti-join"
NO_PLATFORM = "This platform is not set up here. Whoever looks after it finds out why on the page of settings."
NOT_TAKEN = "That did not work. Close this, and open the link in your course once more."
NOT_REACHED = "The platform does not answer right now. Try the link again in a few minutes."
NO_PART = "The platform says neither that you teach this course nor that you learn in it, so the link opens nothing."


async def login(request: Request) -> Response:
    """From a platform that somebody comes from, back to it for a signed message."""
    sent: Mapping[str, Any] = await sent_form(request) if request.method == "POST" else request.query_params
    asked = lti_attempts.asked_in(sent)
    if asked is None or lti_rules.path_in(asked["target_link_uri"], request.app.settings.base_url) is None:
        return no(request, None, NO_PLATFORM)
    platform = await lti_queries.platform_at(asked["iss"], asked.get("client_id", ""))
    if platform is None:
        return no(request, None, NO_PLATFORM)
    # before the platform is asked: Canvas answers to its hint only once
    if _in_frame(request) and asked["target_link_uri"] != whole(request, path_for(request, "classes.choose")):
        return _elsewhere(request, platform, asked)
    attempt, there = lti_attempts.begin(
        platform, asked, _key(request), whole(request, path_for(request, "classes.launch")), dates.now()
    )
    answer = RedirectResponse(there, 303)
    old = [name for name in request.cookies if "lti-" in name and not name.endswith(JOINING)]
    for name in old[: max(0, len(old) - MOST_AT_ONCE + 1)]:
        drop_cookie(answer, request, name)
    seconds = int(lti_attempts.WITHIN.total_seconds())
    set_cookie(answer, request, _cookie(request, attempt.cookie), attempt.tie, seconds, crossing=True)
    return answer


async def launch(request: Request) -> Response:
    """Back from a platform with a signed message: in, or to the choice of a list, or one sentence."""
    sent = await sent_form(request)
    state, token = (text if isinstance(text := sent.get(name), str) else "" for name in ("state", "id_token"))
    now, key = dates.now(), _key(request)
    attempt = lti_attempts.opened(state, key, now)
    platform = await lti_queries.platform_to_use(attempt.platform) if attempt else None
    if attempt is None or platform is None:
        return no(request, None, NOT_TAKEN)
    tried = Tried("", address_of(request))
    allowed = await tries.begin(tried, key, now)
    try:
        if not allowed or not await lti_attempts.use(attempt, key, now):
            raise Wrong("The message came a second time.")
        door = replace(door_of(request.app.settings), waited_for=True)
        claims = await oidc_issuer.claims_signed_at(door, platform.keys, token)
        message = lti_rules.message_of(claims, lti_queries.deal_of(platform), attempt.nonce, int(now.timestamp()))
        path = lti_rules.path_in(message.target, request.app.settings.base_url)
        if path is None:
            raise Wrong("The message is for another service.")
    except Unreachable:
        return no(request, platform, NOT_REACHED)
    except Wrong:
        return no(request, platform, NOT_TAKEN)
    await tries.succeeded(tried, key)
    name = _cookie(request, attempt.cookie)
    here = attempt.is_of(request.cookies.get(name, "")) and not _in_frame(request)
    answer = await _answer(request, platform, attempt, message, path, here=here)
    drop_cookie(answer, request, name)
    return answer


async def _answer(
    request: Request, platform: LtiPlatform, attempt: Attempt, message: Message, path: str, *, here: bool
) -> Response:
    """here: the browser that began it asks, and in a window of its own; in no other case is anybody signed in."""
    if not message.teaches and not message.learns:
        return no(request, platform, NO_PART)
    choosing = message.kind is Kind.CHOOSE and message.teaches
    if not here and not choosing:
        return _elsewhere(request, platform, attempt.asked)
    now, key = dates.now(), _key(request)
    found = await lti_accounts.person_with(message, platform, key, address_of(request), now)
    if not here and found is None:
        return _elsewhere(request, platform, attempt.asked, first=True)
    if found is not None and message.kind is Kind.CHOOSE:
        return await begin_choice(request, platform, message, found[0])
    curated = await lti_queries.list_at(platform, path, message.list_id)
    back = path_for(request, "lists.show", school=curated["school"], slug=curated["slug"]) if curated else ""
    if found is None:
        response = render(
            request, "classes/lti_new.html", platform=platform.name, back=path_for(request, "classes.join")
        )
        joining = lti_accounts.joining_of(message, platform, back, key, now)
        seconds = int(lti_accounts.WITHIN.total_seconds())
        set_cookie(response, request, _cookie(request, JOINING), joining, seconds)
        return response
    person, comes = found
    if comes is Whom.STUDENTS and curated and message.line and platform.scores:
        await lti_scores.keep(platform, person.id, curated, message.line, message.subject, key)
    return arriving.on_the_way(request, person, comes, back)


async def join(request: Request) -> Response:
    """Somebody who is signed in joins the account that a launch came with."""
    now, key = dates.now(), _key(request)
    name = _cookie(request, JOINING)
    joining = lti_accounts.joining_in(request.cookies.get(name, ""), key, now)
    platform = await lti_queries.platform_to_use(joining.platform) if joining else None
    if joining is None or platform is None:
        say(request, "Open the link in your course once more, then join your account.", "note")
        return RedirectResponse(path_for(request, "people.me"), 303)
    if not proved(request):
        return to_prove(request)
    form = await Form.read(request)
    if form.complete:
        person = await queries.oneself(request.user)
        try:
            await lti_accounts.join(person, joining, platform, key, address_of(request), now)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"Your account in {platform.name} opens this from now on.")
            answer = RedirectResponse(own_path(joining.back) or await queries.home_of(person.id), 303)
            drop_cookie(answer, request, name)
            return answer
    shown = {"platform": platform.name, "account": joining.shown}
    return render(request, "classes/lti_join.html", form.status, form=form, **shown)


async def jwks(request: Request) -> Response:
    """Our public key, with which platforms see that we signed something."""
    keys = {"keys": [await lti_keys.shown(_key(request), dates.now())]}
    return JSONResponse(keys, headers={"Cache-Control": "no-cache"})


async def config(request: Request) -> Response:
    """All that Canvas needs to know of us, to make a developer key by its address."""

    def at(name: str) -> str:
        return whole(request, path_for(request, name))

    choose = {"message_type": Kind.CHOOSE, "target_link_uri": at("classes.choose"), "enabled": True}
    placements = [{"placement": name, **choose} for name in ("assignment_selection", "link_selection")]
    settings = {"privacy_level": "anonymous", "settings": {"placements": placements}}
    told = {
        "title": "Engage",
        "description": "Lists of the school library, in a course.",
        "oidc_initiation_url": at("classes.login"),
        "target_link_uri": at("classes.launch"),
        "redirect_uris": [at("classes.launch")],
        "public_jwk_url": at("classes.jwks"),
        "scopes": [lti_rules.SCORE],
        "extensions": [{"platform": "canvas.instructure.com", **settings}],
    }
    return JSONResponse(told, headers={"Cache-Control": "no-cache"})


def _elsewhere(request: Request, platform: LtiPlatform, asked: dict[str, str], *, first: bool = False) -> Response:
    """A page inside the platform's, that leads to a window of its own. first: to join an account."""
    befriend(request, lti_queries.sites_of(platform))
    again = path_for(request, "classes.login", asked)
    return render(request, "classes/lti_window.html", platform=platform.name, again=again, first=first)


def _in_frame(request: Request) -> bool:
    return request.headers.get("sec-fetch-dest") in FRAMES


def _cookie(request: Request, name: str) -> str:
    return f"__Host-{name}" if request.app.settings.secure else name


def _key(request: Request) -> str:
    key: str = request.app.settings.secret_key
    return key
