"""The pages of what belongs to a unit: its lessons, its lists, its standards, and who plans it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.classes import unit_actions, unit_materials, unit_queries
from engage.classes.unit_forms import PlannerForm, SessionForm, TaughtForm, UnitListForm
from engage.classes.unit_pages import show_both
from engage.classes.unit_rules import prints_of
from engage.errors import Refused
from engage.lists import standards
from engage.web.forms import choice, sent_form, words
from engage.web.render import render, say, see_other
from engage.web.routing import path_for


async def new_session(request: Request) -> Response:
    """Add a lesson to a unit."""
    reader = request.user
    unit = await unit_queries.unit_for(reader, request.path_params["key"])
    form = await SessionForm.read(request, on=unit.starts)
    if form.complete:
        try:
            await unit_actions.add_session(unit.key, form.words, by=reader, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The lesson is in the plan.")
            return see_other(request, "classes.unit", key=unit.key)
    return render(request, "classes/edit_session.html", form.status, form=form, unit=unit, session=None)


async def edit_session(request: Request) -> Response:
    """Change a lesson; who writes at the same moment loses nothing."""
    reader = request.user
    unit = await unit_queries.unit_for(reader, request.path_params["key"])
    session = await unit_queries.session_of(unit, request.path_params["session"])
    now = unit_queries.words_of_session(session)
    form = await SessionForm.read(request, seen=prints_of(now), **now | {"lead": session.lead.value})
    status = form.status
    if form.complete:
        session, both = await unit_actions.change_session(
            unit.key, session.key, form.words, form.seen.data or "", by=reader
        )
        if not both:
            say(request, "The lesson is changed.")
            return see_other(request, "classes.unit", key=unit.key)
        show_both(form, unit_queries.words_of_session(session), both)
        status = 409
    return render(request, "classes/edit_session.html", status, form=form, unit=unit, session=session)


async def remove_session(request: Request) -> Response:
    """Take a lesson out of the plan."""
    key, session = request.path_params["key"], request.path_params["session"]
    seen = str((await sent_form(request)).get("seen", ""))
    try:
        await unit_actions.remove_session(key, session, seen, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        undo = path_for(request, "classes.put_session_back", key=key, session=session)
        say(request, "The lesson is out of the plan.", kind="note", undo=undo)
    return see_other(request, "classes.unit", key=key)


async def put_session_back(request: Request) -> Response:
    """Undo that a lesson was taken out."""
    key = request.path_params["key"]
    await unit_actions.put_session_back(key, request.path_params["session"], by=request.user)
    say(request, "The lesson is in the plan again.")
    return see_other(request, "classes.unit", key=key)


async def unit_lists(request: Request) -> Response:
    """Which lists a unit uses."""
    reader = request.user
    unit = await unit_queries.unit_for(reader, request.path_params["key"])
    offered = await unit_queries.lists_to_use(reader, unit)
    form = await UnitListForm.read(request, {"curated": [("", "Choose a list"), *offered]})
    if form.complete:
        try:
            title = await unit_materials.use_list(unit.key, form.curated.data, by=reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"The unit uses “{title}”.")
            return see_other(request, "classes.unit_lists", key=unit.key)
    lists = await unit_queries.lists_of(reader, unit)
    return render(request, "classes/unit_lists.html", form.status, form=form, unit=unit, lists=lists)


async def drop_unit_list(request: Request) -> Response:
    """Use a list no longer."""
    key = request.path_params["key"]
    await unit_materials.drop_list(key, request.path_params["curated"], by=request.user)
    say(request, "The unit does not use it any more.", kind="note")
    return see_other(request, "classes.unit_lists", key=key)


async def unit_standards(request: Request) -> Response:
    """Which standards a unit teaches."""
    reader = request.user
    unit = await unit_queries.unit_for(reader, request.path_params["key"])
    form = await TaughtForm.read(request)
    asked = {"q": words(request, "q"), "framework": words(request, "framework", 20)}
    if form.complete:
        try:
            await _teach(request, unit.key, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            return see_other(request, "classes.unit_standards", asked, key=unit.key)
    known = await standards.frameworks(reader)
    framework = choice(request, "framework", [each["key"] for each in known])
    held = await unit_queries.standards_of(unit)
    return render(
        request,
        "classes/unit_standards.html",
        form.status,
        form=form,
        unit=unit,
        held=held,
        frameworks=known,
        framework=framework,
        q=asked["q"],
        found=await standards.find(reader, asked["q"], framework) if asked["q"] or framework else [],
        taken={row["key"] for row in held},
        most=standards.MOST_FOUND,
    )


async def _teach(request: Request, key: str, form: Any) -> None:
    if form.drop.data:
        await unit_materials.drop_standard(key, form.drop.data, by=request.user)
        say(request, "It is taken off.", kind="note")
    elif form.standards.data:
        many = await unit_materials.teach_standards(key, form.standards.data, by=request.user)
        say(request, f"{many} standard{'' if many == 1 else 's'} added.")
    else:
        raise Refused("Tick the standards that it teaches.", about="standards")


async def unit_planners(request: Request) -> Response:
    """Who plans a unit."""
    reader = request.user
    unit = await unit_queries.unit_for(reader, request.path_params["key"])
    planners = await unit_queries.planners_of(unit)
    offered = await unit_queries.staff_to_invite(reader, [row["person_id"] for row in planners])
    form = await PlannerForm.read(request, {"person": [("", "Choose somebody"), *offered]})
    if form.complete:
        try:
            name = await unit_actions.invite(unit.key, form.person.data, by=reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{name} plans it with you.")
            return see_other(request, "classes.unit_planners", key=unit.key)
    return render(request, "classes/unit_planners.html", form.status, form=form, unit=unit, planners=planners)


async def drop_planner(request: Request) -> Response:
    """Take somebody off a unit, or oneself."""
    key = request.path_params["key"]
    try:
        oneself = await unit_actions.take_off(key, request.path_params["person"], by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
        return see_other(request, "classes.unit_planners", key=key)
    if oneself:
        say(request, "You do not plan it any more.", kind="note")
        return see_other(request, "classes.units")
    say(request, "They do not plan it any more.", kind="note")
    return see_other(request, "classes.unit_planners", key=key)
