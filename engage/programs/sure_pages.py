"""Asking once before a change of published rules is kept: what it would come to for those who take part."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import Refused
from engage.people.rules import Reader
from engage.programs.forecasting import forecast, sentences
from engage.web.forms import Form
from engage.web.render import render, say, see_other

Act = Callable[[], Awaitable[Any]]
SURE = "yes"


class SureForm(Form):
    """The answer to a question that stands on a page of its own."""


async def sure(form: Any, program: Mapping[str, Any], reader: Reader, asked: Act, act: Act | None = None) -> bool:
    """Do it, if it changes nothing for anybody or the form says that it is meant; whether it was done.

    asked: the same act, where what is done uses up the form's key. Else the form's field `sure` shows what would
    change. Raises what the act raises.
    """
    if form.sure.data != SURE and (told := await _told(program, reader, asked)):
        form.sure.errors, form.valid = told, False
        return False
    await (act or asked)()
    return True


async def asked_first(request: Request, program: Mapping[str, Any], act: Act, words: str) -> Response | None:
    """The page that asks whether an act is meant, None where it was said, or where it changes nothing for anybody.

    words: of the button. Raises what the act raises.
    """
    form = await SureForm.read(request)
    if request.query_params.get("sure") == SURE:
        return None
    told = await _told(program, request.user, act)
    if not told:
        return None
    return render(request, "programs/sure.html", 422, form=form, program=program, told=told, words=words)


async def drop_if_sure(request: Request, program: Mapping[str, Any], drop: Callable[[], Awaitable[str]]) -> Response:
    """Take a part out of a program, once it is said that this is meant. drop: does it, and returns the part's title."""
    try:
        if asking := await asked_first(request, program, drop, "Take it out"):
            return asking
        title = await drop()
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        say(request, f"{title} is out of the program.")
    return see_other(request, "programs.edit", key=program["key"])


async def _told(program: Mapping[str, Any], reader: Reader, act: Act) -> list[str]:
    found = await forecast(program["key"], reader, act)
    if found is None or found.is_empty:
        return []
    return sentences(found, reader.school.fewest, program["by_id"] == reader.id)
