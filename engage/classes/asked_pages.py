"""The pages of a student: what one was asked for, one assignment with the own state, handing in a title."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.classes import asking_queries, hand_ins, queries
from engage.classes.forms import HandInForm
from engage.classes.progress_queries import items_of, status_of
from engage.classes.queries import Assigned, ticket_of
from engage.classes.rules import kept_until
from engage.errors import NotFound, Refused
from engage.lists.queries import published_for
from engage.people.privacy_queries import limits_of
from engage.people.rules import Reader, Scope
from engage.resources.rules import ResourceState
from engage.resources.wording import kind_of
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other
from engage.web.routing import path_for

# what was logged a little before it was asked for may be handed in as well
OFFERS_FROM = timedelta(days=14)


async def all_asked(request: Request) -> Response:
    """Everything that one was asked for, what is done and over too."""
    reader = request.user
    tickets = await queries.all_tickets(reader, dates.today(reader.school.zone))
    return render(request, "classes/all_asked.html", tickets=tickets, mine=await hand_ins.own_hand_ins(reader))


async def asked(request: Request) -> Response:
    """One assignment: for a student its items and the own state, for a teacher the way to the class's page of it."""
    reader, key = request.user, request.path_params["assignment"]
    if not reader.is_student:
        room, group = await asking_queries.place_of(reader, key)
        if group:
            return see_other(request, "classes.group_assignment", key=group, assignment=key)
        return see_other(request, "classes.assignment", key=room, assignment=key)
    one = await _asked_of_me(request)
    return await _show(request, one, await _hand_in_form(request, one))


async def hand_in(request: Request) -> Response:
    """Show one's teachers one title, and no other."""
    one = await _asked_of_me(request)
    if request.user.by_card:
        return to_prove(request, path_for(request, "classes.asked", assignment=one.key))
    form = await _hand_in_form(request, one)
    if form.complete:
        try:
            title = form.title.data or form.listed.data or ""
            await hand_ins.hand_in(one.key, title, form.key, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is handed in. You can take it back at any time.")
            return see_other(request, "classes.asked", assignment=one.key)
    return await _show(request, one, form)


async def take_back(request: Request) -> Response:
    """Take a title back that one handed in, also where one is not asked any more."""
    if request.user.by_card:
        return to_prove(request, path_for(request, "classes.all_asked"))
    asked = await hand_ins.take_back(request.path_params["key"], by=request.user)
    say(request, "You took it back. Nobody sees it any more.", kind="note")
    if await queries.asked_of(request.user, asked):
        return see_other(request, "classes.asked", assignment=asked)
    return see_other(request, "classes.all_asked")


async def _asked_of_me(request: Request) -> Assigned:
    reader: Reader = request.user
    found = await queries.asked_of(reader, request.path_params["assignment"]) if reader.is_student else []
    if not found or found[0].shows_from > dates.today(reader.school.zone):
        raise NotFound(request.path_params["assignment"])
    return found[0]


async def _hand_in_form(request: Request, one: Assigned) -> HandInForm:
    since = one.shows_from - OFFERS_FROM
    titles = await hand_ins.titles_to_hand_in(request.user, since)
    return await HandInForm.read(request, {"listed": [(title, title) for title in titles]})


async def _show(request: Request, one: Assigned, form: HandInForm) -> Response:
    reader = request.user
    today = dates.today(reader.school.zone)
    last = kept_until(one.due_on, (await limits_of(reader.school.id)).handed_in_days)
    own = (await queries.states_of(reader.school.id, [reader.id], list(one.resources)))[reader.id]
    return render(
        request,
        "classes/asked.html",
        form.status,
        form=form,
        assigned=one,
        ticket=ticket_of(one, own, today),
        items=[
            row
            | {
                "format": kind_of(row["format"]),
                "status": str(status_of(own.get(row["resource_id"]), one.shows_from)),
                "offered": row["state"] == ResourceState.OFFERED,
            }
            for row in await items_of(reader.school.id, one.id)
        ],
        mine=await hand_ins.own_hand_ins(reader, one),
        seen=await hand_ins.seen_by(reader.school.id, one),
        takes=(last is None or last >= today) and reader.may("LOG06", Scope.MINE),
        kept_until=last,
        list_seen=await published_for(reader).filter(slug=one.slug).exists(),
    )
