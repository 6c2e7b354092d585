"""What the bench does beside one press for one item: many ticked items at once, and notes kept while they are typed."""

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.lists import editing
from engage.lists.bench_pages import (
    NOTE,
    back_to_bench,
    list_on_bench,
    print_seen,
    text,
    too_late,
    typed_notes,
    unless_clashing,
)
from engage.lists.together import print_of
from engage.web.forms import sent_form
from engage.web.render import clock, render_page, say
from engage.web.routing import path_for

ENDS = ("top", "bottom")


async def bulk(request: Request) -> Response:
    """Move or remove what is ticked, in one change that one press takes back."""
    clashes = await typed_notes(request)
    given = await sent_form(request)
    key = request.path_params["key"]
    picked = {each for each in given.getlist("pick") if isinstance(each, str)}
    act = text(given, "bulk")
    if not picked:
        say(request, "Tick some items first.", "care")
        return await unless_clashing(request, clashes, back_to_bench(request, given))
    try:
        if act == "remove":
            number = await editing.remove_items(key, picked, by=request.user)
        else:
            to, section = (act, None) if act in ENDS else ("bottom", text(given, "bulk_part"))
            number = await editing.move_items(key, picked, to=to, section=section, by=request.user)
    except NotFound:
        return await too_late(request, clashes)
    done = "off the list" if act == "remove" else "moved"
    said = f"They are {done}." if len(picked) > 1 else f"It is {done}."
    if number is None:
        say(request, "Nothing changed: they stand there already, or somebody took them off.", "note")
    else:
        say(request, said, undo=path_for(request, "lists.put_back", key=key, number=number))
    return await unless_clashing(request, clashes, back_to_bench(request, given))


async def save_notes(request: Request) -> Response:
    """Keep notes while they are typed, for the script that sends them; the answer is a piece of the page.

    It says when they were kept, by which print the next change of each is known, and asks where two wrote at once.
    """
    await list_on_bench(request)
    given = await sent_form(request)
    try:
        clashes = await typed_notes(request)
    except Refused as refused:
        return render_page(
            request, "lists/_saved.html", status=422, problem=refused.sentence, at="", kept={}, clashes=()
        )
    asked = {clash.key for clash in clashes}
    notes = {print_seen(name)[0]: value for name, value in given.multi_items() if name.startswith(NOTE)}
    return render_page(
        request,
        "lists/_saved.html",
        status=409 if clashes else 200,
        problem="",
        at=clock(dates.now(), request.user.school.zone),
        kept={key: print_of(str(note)) for key, note in notes.items() if key not in asked},
        clashes=[{**vars(clash), "seen": print_of(clash.theirs)} for clash in clashes],
    )
