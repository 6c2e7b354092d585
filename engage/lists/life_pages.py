"""The life of a list, as it is pressed on the bench: to its readers, now or later, and away from them again.

Each of them keeps the notes that were typed on the bench, as every button there does.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import NotAllowed, Refused
from engage.lists import actions, life, queries, rules
from engage.lists.bench_pages import audience_form, back_to_bench, bench, list_on_bench, typed_notes, unless_clashing
from engage.lists.forms import AudienceForm, audience_words
from engage.lists.queries import ListCard
from engage.lists.rules import Visibility
from engage.lists.together import print_of
from engage.people.rules import Reader
from engage.web.forms import sent_form
from engage.web.render import clock, day, render, say, see_other


async def publish(request: Request) -> Response:
    """Put the list before its readers, now or on a day."""
    return await to_readers(request, publishing=True)


async def audience(request: Request) -> Response:
    """Show a published list to others than before, or until another day."""
    return await to_readers(request, publishing=False)


async def to_readers(request: Request, publishing: bool) -> Response:
    """Both ways of saying whom a list is for."""
    clashes = await typed_notes(request)
    curated = await list_on_bench(request)
    form = await audience_form(request, curated)
    if form.complete:
        try:
            if form.classes.data:
                before = await queries.classes_of(curated)
                rules.check_ticked(Visibility(form.visibility.data), form.classes.data, before)
            if publishing and form.introduction.data:
                await introduce(curated, form.introduction.data, request.user)
            said = await send_out(curated, form, publishing, request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, said)
            return await unless_clashing(request, clashes, back_to_bench(request, await sent_form(request)))
    return await bench(request, form)


async def introduce(curated: ListCard, introduction: str, by: Reader) -> None:
    """Keep the introduction of a list that has none; what somebody else wrote meanwhile stands. Raises Refused."""
    await actions.describe(
        curated.key,
        words={"introduction": introduction},
        seen={"introduction": print_of("")},
        kind=curated.kind,
        grade_low=curated.grade_low,
        grade_high=curated.grade_high,
        by=by,
    )


async def send_out(curated: ListCard, form: AudienceForm, publishing: bool, by: Reader) -> str:
    """Do what the form says; returns the sentence that says it. Raises NotAllowed, Refused."""
    zone = by.school.zone
    visibility = Visibility(form.visibility.data)
    until = None if form.until.data is None else dates.end_of(form.until.data, zone)
    to = {"visibility": visibility, "classes": form.classes.data, "until": until, "by": by}
    whom = audience_words(visibility, by.school.name)
    if publishing and form.when.data == "later":
        if form.day.data is None or form.clock.data is None:
            raise Refused("Choose the day and the time.", about="day" if form.day.data is None else "clock")
        at = dates.moment(form.day.data, form.clock.data, zone)
        await life.schedule(curated.key, at=at, **to)
        return f"It will be published on {day(at, zone=zone)} at {clock(at, zone)}. Who will see it: {whom}."
    await (actions.publish if publishing else actions.set_audience)(curated.key, **to)
    return f"The list is published. Who sees it: {whom}."


async def unschedule(request: Request) -> Response:
    """A scheduled list is a draft again."""
    clashes = await typed_notes(request)
    try:
        await life.unschedule(request.path_params["key"], by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
    else:
        say(request, "The list is a draft again. It will not be published by itself.")
    return await unless_clashing(request, clashes, back_to_bench(request, await sent_form(request)))


async def withdraw(request: Request) -> Response:
    """Take a published list down, from its bench or, as a school admin, from its page."""
    return await from_readers(request, actions.withdraw, "The list is taken down. It can be published again.")


async def archive(request: Request) -> Response:
    """Put a list away that has done its work."""
    kept = "The list is put away. What classes and programs did with it still counts."
    return await from_readers(request, life.archive, kept)


async def from_readers(request: Request, act: Callable[..., Awaitable[None]], done: str) -> Response:
    """Both ways of taking a list from its readers; back to the bench, or to the lists for who has no bench."""
    clashes = await typed_notes(request)
    curated = await queries.list_to_edit(request.user, request.path_params["key"])
    try:
        await act(curated.key, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
    else:
        say(request, done)
    if not rules.may_edit(request.user, curated.owner_id, curated.part):
        return see_other(request, "lists.index")
    return await unless_clashing(request, clashes, back_to_bench(request, await sent_form(request)))


async def delete(request: Request) -> Response:
    """Ask once, then delete a draft that nobody used."""
    curated = await list_on_bench(request)
    owner = curated.owner_id
    if not (rules.may_hand_over(request.user, owner) and rules.may_withdraw(request.user, owner)):
        raise NotAllowed("LST09")
    if request.method == "POST":
        try:
            title = await life.delete_draft(curated.key, by=request.user)
        except Refused as refused:
            say(request, refused.sentence, "care")
            return see_other(request, "lists.edit", key=curated.key)
        say(request, f"{title} is deleted.")
        return see_other(request, "lists.curate")
    return render(request, "lists/delete.html", curated=curated)
