"""The way to the page that asks once more who somebody is, for pages that want it; see sessions.proved.

if not proved(request):
    return to_prove(request)
"""

from starlette.requests import Request
from starlette.responses import Response

from engage.web.render import see_other


def to_prove(request: Request, back: str = "") -> Response:
    """To the page that asks for password, code, pictures or PIN, and back. back: a path; this very one if not given.

    What was sent is gone: ask before a form is shown.
    """
    return see_other(request, "people.prove", {"next": back or request.scope["path"]})
