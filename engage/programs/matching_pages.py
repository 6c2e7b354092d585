"""The page on which staff say which resource a typed title is."""

from starlette.requests import Request
from starlette.responses import Response

from engage.programs import matching
from engage.web.forms import sent_form
from engage.web.render import render, say, see_other


async def typed_titles(request: Request) -> Response:
    """The titles that many students typed, each with what may be meant; POST decides about one."""
    if request.method == "POST":
        given = await sent_form(request)
        folded, resource = str(given.get("folded", "")), str(given.get("resource", ""))
        title = await matching.match_title(folded, resource, request.user)
        say(request, f"“{folded}” counts as {title} from now on." if title else f"“{folded}” is none of ours.")
        return see_other(request, "programs.typed_titles")
    return render(
        request,
        "programs/typed_titles.html",
        titles=await matching.titles_to_match(request.user),
        matched=await matching.matched_titles(request.user),
    )
