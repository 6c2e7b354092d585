"""Choosing a list for a course, inside the page of a platform."""

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.classes import lti_linking, lti_queries
from engage.classes.lti_linking import Choice
from engage.classes.lti_models import LtiPlatform
from engage.classes.lti_rules import Message, origin_of
from engage.errors import NotFound
from engage.people.models import Person
from engage.people.rules import Reader
from engage.web.forms import sent_form
from engage.web.headers import befriend
from engage.web.marks import plain
from engage.web.render import render, whole
from engage.web.routing import path_for

NO_LINKS = "This place in the course takes no link. Choose a list where the course takes one."
NO_CHOICE = "Your account here puts no lists into courses. A teacher or the library does."
TOO_LATE = "This took too long. Close it, and choose a list from your course once more."


async def begin_choice(request: Request, platform: LtiPlatform, message: Message, person: Person) -> Response:
    """The first page of choosing, for somebody whom a checked message names."""
    choosing = message.choosing
    if choosing is None or not choosing.takes_links:
        return no(request, platform, NO_LINKS)
    reader = await lti_queries.chooser(person.id) if message.teaches else None
    if reader is None:
        return no(request, platform, NO_CHOICE)
    choice = lti_linking.begun(message, choosing, platform, person.id, dates.now())
    return await _offer(request, platform, choice, reader, "")


async def choose(request: Request) -> Response:
    """Look for a list, and choose one; who chooses goes along, because there is no session in a frame."""
    sent = await sent_form(request)
    told, words, key = (str(sent.get(name, "")) for name in ("choice", "q", "list"))
    choice = lti_linking.opened(told, request.app.settings.secret_key, dates.now())
    platform = await lti_queries.platform_to_use(choice.platform) if choice else None
    reader = await lti_queries.chooser(choice.person) if choice else None
    if choice is None or platform is None or reader is None:
        return no(request, platform, TOO_LATE)
    if not key:
        return await _offer(request, platform, choice, reader, " ".join(words.split())[:200])
    try:
        return await _send(request, platform, choice, reader, key, tells=bool(sent.get("tells")))
    except NotFound:
        return await _offer(request, platform, choice, reader, "")


async def _offer(request: Request, platform: LtiPlatform, choice: Choice, reader: Reader, words: str) -> Response:
    befriend(request, lti_queries.sites_of(platform))
    return render(
        request,
        "classes/lti_choose.html",
        choice=lti_linking.sealed(choice, request.app.settings.secret_key),
        words=words,
        lists=await lti_queries.lists_to_choose(reader, words),
        most=lti_queries.SHOWN,
        tells=choice.lines and platform.scores,
        platform=platform.name,
    )


async def _send(
    request: Request, platform: LtiPlatform, choice: Choice, reader: Reader, key: str, *, tells: bool
) -> Response:
    found = await lti_queries.list_to_send(reader, key)
    curated = {**found, "introduction": plain(found["introduction"])}
    url = whole(request, path_for(request, "lists.show", school=reader.school.slug, slug=curated["slug"]))
    token = await lti_linking.answer(
        choice, platform, curated, url, request.app.settings.secret_key, dates.now(), tells=tells
    )
    befriend(request, lti_queries.sites_of(platform), origin_of(choice.back))
    shown = {"title": curated["title"], "platform": platform.name}
    return render(request, "classes/lti_send.html", back=choice.back, token=token, **shown)


def no(request: Request, platform: LtiPlatform | None, sentence: str) -> Response:
    """One sentence, inside the platform's page where it is known."""
    if platform is not None:
        befriend(request, lti_queries.sites_of(platform))
    return render(request, "classes/lti_no.html", 422 if platform else 404, sentence=sentence)
