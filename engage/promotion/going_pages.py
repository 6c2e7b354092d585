"""The short address of something that is promoted: it is counted without a person, and leads to a page of ours only."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage.errors import NotFound
from engage.lists import queries as lists
from engage.people.rules import Reader
from engage.people.sessions import Table
from engage.programs import queries as programs
from engage.programs.rules import ProgramState
from engage.promotion import promoted
from engage.promotion.promoted import Target
from engage.web import sessions
from engage.web.routing import path_for


async def go(request: Request) -> Response:
    """From a sign, a screen or a newsletter to the list or program, for whoever may see it. Raises NotFound."""
    key = request.path_params["key"]
    target = await promoted.target_of(key)
    visit = await Table().visit(target.school, sessions.token_in(request)) if target else None
    if target is None or visit is None:
        raise NotFound(key)
    path = await way_to(request, target, visit.user)
    if request.method == "GET" and promoted.is_a_person(request.headers):
        promoted.opened(target.link_id, visit.user)
    return RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})


async def way_to(request: Request, target: Target, reader: Reader) -> str:
    """The path of what a link leads to, if the reader may see it. Raises NotFound."""
    if target.curated:
        curated = await lists.list_to_edit(reader, target.curated)
        return path_for(request, "lists.show", school=target.school, slug=curated.slug)
    program = await programs.program_for(reader, target.program)
    if program["state"] != ProgramState.PUBLISHED:
        raise NotFound(target.program)
    return path_for(request, "programs.show", school=target.school, slug=program["slug"])
