"""A device that children share: whoever has logged is signed out, and the next child finds the tiles, or the cards.

It begins at the tiles of an open class sign-in and ends with it, or stands on an enrolled device. The browser holds the
class's code in a cookie, which opens nothing: the tiles are shown only while the door is open, and each child signs in
as always.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage.database.transaction import one_transaction
from engage.people import sessions
from engage.people.sign_in import plain_code
from engage.web.routing import path_for
from engage.web.sessions import KIOSK, KIOSK_BY_CARD, leave_waiting


def code_of(request: Request) -> str:
    """The code of the class whose shared device this is, "" where it is nobody's."""
    return plain_code(request.cookies.get(KIOSK, ""))


async def after_log(request: Request, otherwise: Response) -> Response:
    """Where to go once something was logged: on a shared device out, and back to the tiles."""
    code = code_of(request)
    if not code:
        return otherwise
    # what was said of one child's log is nothing for the next one
    request.scope["engage.saying"] = []
    # entries of other children that wait here sealed are asked about by nobody now, so they stay
    leave_waiting(request)
    await _leave(request)
    if code == KIOSK_BY_CARD:
        return RedirectResponse(path_for(request, "people.card"), 303)
    return RedirectResponse(path_for(request, "people.sign_in_tiles", {"kiosk": "done"}, code=code), 303)


@one_transaction
async def _leave(request: Request) -> None:
    await sessions.end_session(request)
