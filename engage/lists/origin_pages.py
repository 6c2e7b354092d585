"""The page of a list between libraries: whether it is offered, where it came from, what changed there, what we lack."""

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import Refused
from engage.lists import exchange, missing, origin_changes, origin_deciding, rules
from engage.lists.bench_pages import list_on_bench, text
from engage.lists.exchange_looking import is_ours
from engage.lists.exchange_pages import LOOKING, outlook_of
from engage.lists.exchange_rules import host_of, record_of
from engage.lists.rules import State, Visibility
from engage.resources.wording import kind_and_length
from engage.web.forms import number, sent_form
from engage.web.render import render, say, see_other
from feeds.shared_list import SharedItem


async def origin(request: Request) -> Response:
    """Offering, origin, changes and what is missing, of one list."""
    curated = await list_on_bench(request)
    reader = request.user
    came = await exchange.origin_of(curated)
    changes = await origin_deciding.waiting_for(curated) if came else []
    page = number(request, "page", 1, most=rules.LONGEST // missing.PER_PAGE)
    lacking, count = await missing.missing_of(curated, page) if came else ([], 0)
    return render(
        request,
        "lists/origin.html",
        curated=curated,
        origin=came,
        host=host_of(came.address) if came and not is_ours(came.address, request.app.settings.base_url) else "",
        changes=changes[: origin_deciding.SHOWN],
        more_changes=len(changes) > origin_deciding.SHOWN,
        lacking=[{**row, "kind": _kind(row["item"])} for row in lacking],
        count=count,
        page=page,
        pages=-(-count // missing.PER_PAGE),
        offered=await exchange.is_offered(curated),
        can_be_offered=curated.state is State.PUBLISHED and curated.visibility is Visibility.PUBLIC,
        may_offer=reader.may("LST08", rules.scope_of(reader, curated.owner_id)),
        may_add=reader.may("FED05"),
        may_ask=reader.may_ask,
    )


def _kind(item: SharedItem) -> dict[str, str]:
    """What a title is, as the macros draw it."""
    record = record_of(item)
    return {"mode": str(record.mode), "format": kind_and_length(record.format, record.mode, record.minutes)}


async def look_at_origin(request: Request) -> Response:
    """Look now whether the origin changed."""
    curated = await list_on_bench(request)
    came = await exchange.origin_of(curated)
    if came is not None and came.linked:
        row = {"id": came.id, "school_id": curated.school_id, "curated_id": curated.id}
        row |= {"address": came.address, "etag": came.etag, "library": came.library}
        async with LOOKING.turn(request.user.id):
            new = await origin_changes.look_again_at(row, outlook_of(request), dates.now())
        again = await exchange.origin_of(curated)
        if again is not None and (again.failures or again.problem == origin_changes.FULL):
            say(request, again.problem, "care")
        else:
            say(request, f"{rules.counted(new, 'new change')}." if new else "Nothing has changed there.")
    return see_other(request, "lists.origin", key=curated.key)


async def unlink(request: Request) -> Response:
    """Let go of the origin; its name stays."""
    await exchange.unlink(request.path_params["key"], by=request.user)
    say(request, "The list is no longer linked. Where it came from is still told.")
    return see_other(request, "lists.origin", key=request.path_params["key"])


async def decide_changes(request: Request) -> Response:
    """Take changes of the origin over or decline them: one, or all that were shown."""
    key = request.path_params["key"]
    given = await sent_form(request)
    shown = [each for each in given.getlist("change") if isinstance(each, str)]
    take, together = text(given, "act") == "take", text(given, "together") == "1"
    try:
        decided = await origin_deciding.decide(key, shown, take=take, together=together, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
    else:
        done = f"{rules.counted(decided.done, 'change')} {'taken over' if take else 'declined'}."
        left = f" {decided.skipped} wait, because somebody here edited the same words." if decided.skipped else ""
        over = f" {decided.over} changed again there, or were decided already." if decided.over else ""
        say(request, done + left + over)
    return see_other(request, "lists.origin", key=key)


async def settle_missing(request: Request) -> Response:
    """Deal with what the library does not have: a substitute, a request, a web page, or without it."""
    key = request.path_params["key"]
    given = await sent_form(request)
    act, one, by = text(given, "act"), text(given, "missing"), request.user
    try:
        if act == "same":
            done = await missing.take_same_works(key, by=by)
            say(request, f"{rules.counted(done, 'title')} put on." if done else "No other edition was found.")
        elif act == "leave all":
            done = await missing.leave_out(key, None, by=by)
            say(request, f"{rules.counted(done, 'title')} left out.")
        elif act.startswith("use."):
            say(request, f"{await missing.take_substitute(key, one, act.removeprefix('use.'), by=by)} is on the list.")
        elif act == "link":
            say(request, f"{await missing.add_web_page(key, one, by=by)} is in the catalogue and on the list.")
        elif act == "ask":
            say(request, f"The library is asked for {await missing.ask_for(key, one, by=by)}.")
        else:
            await missing.leave_out(key, [one], by=by)
            say(request, "It is left out.")
    except Refused as refused:
        say(request, refused.sentence, "care")
    return see_other(request, "lists.origin", {"page": text(given, "page")}, key=key)
