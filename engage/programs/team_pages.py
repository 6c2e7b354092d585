"""Teams: made at the desk, and their figures for everybody who sees the program, without a name of a person."""

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.people.rules import Scope
from engage.programs import team_actions, team_queries
from engage.programs.drawing_queries import OF_THE_SCHOOL
from engage.programs.queries import program_for, program_to_run
from engage.programs.recognition_forms import MembersForm, TeamForm
from engage.programs.recognition_queries import participants, sight_of
from engage.programs.rules import ProgramState
from engage.programs.team_rules import shown
from engage.web.render import render, say, see_other


async def teams(request: Request) -> Response:
    """How the teams of a program do: what their members did while members, and the average of the roster.

    For people of the school: figures of few leave it for nobody.
    """
    reader = request.user
    program = await program_for(reader, request.path_params["slug"])
    if not reader.roles & OF_THE_SCHOOL or reader.answers("PRG02", Scope.SCHOOL) not in "YP":
        raise NotFound(program["slug"])
    today = dates.today(reader.school.zone)
    on = max(program["starts"], min(today, program["ends"] or today))
    sums, unit = await team_queries.team_sums(reader, program, on)
    if not sums:
        raise NotFound(program["slug"])
    sight = sight_of(reader, program)
    rows = shown(
        sums,
        reader.school.fewest,
        exact=sight is not None and sight.everybody,
        mine=await team_queries.own_team(reader, program["id"]),
    )
    most = max((row.average or 0 for row in rows), default=0)
    return render(request, "programs/teams.html", program=program, teams=rows, unit=unit.value, on=on, most=most or 1)


async def team_desk(request: Request) -> Response:
    """The teams of a program, and a new one."""
    reader = request.user
    program = await program_to_run(reader, request.path_params["key"])
    form = await TeamForm.read(request)
    if form.complete:
        try:
            key = await team_actions.make_team(
                program["key"], reader, name=form.name.data or "", ink=form.ink.data, form_key=form.key
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The team is made. Now choose who is in it.")
            return see_other(request, "programs.team_members", key=program["key"], team=key)
    today = dates.today(reader.school.zone)
    sums, unit = await team_queries.team_sums(reader, program, min(today, program["ends"] or today))
    sight = sight_of(reader, program)
    exact = sight is not None and sight.everybody
    return render(
        request,
        "programs/team_desk.html",
        form.status,
        form=form,
        program=program,
        teams=shown(sums, reader.school.fewest, exact=exact),
        unit=unit.value,
        published=program["state"] == ProgramState.PUBLISHED,
    )


async def classes_as_teams(request: Request) -> Response:
    """Let the classes be the teams."""
    key = request.path_params["key"]
    try:
        new = await team_actions.classes_as_teams(key, request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        say(request, f"{new} class{'' if new == 1 else 'es'} made a team." if new else "Every class is a team already.")
    return see_other(request, "programs.team_desk", key=key)


async def end_team(request: Request) -> Response:
    """A team is no more."""
    key = request.path_params["key"]
    name = await team_actions.end_team(key, request.path_params["team"], request.user)
    say(request, f"{name} is no team any more. What its members did stays theirs.")
    return see_other(request, "programs.team_desk", key=key)


async def team_members(request: Request) -> Response:
    """Who is in a team made by hand, from today on."""
    reader = request.user
    program = await program_to_run(reader, request.path_params["key"])
    team = await team_queries.team_in(reader, program["id"], request.path_params["team"])
    sight = sight_of(reader, program)
    if sight is None or team["school_class_id"] is not None:
        raise NotFound(team["key"])
    people = await participants(reader, program["id"], sight)
    roster = await team_queries.roster_of(reader, program["id"])
    names = {each["key"]: each["name"] for each in await team_queries.teams_of(reader, program["id"])}
    choices = [
        (each["key"], each["name"] + _elsewhere(roster.get(each["id"], ""), team["key"], names)) for each in people
    ]
    here = [each["key"] for each in people if roster.get(each["id"]) == team["key"]]
    form = await MembersForm.read(request, {"people": choices}, people=here)
    if form.complete:
        try:
            came, left = await team_actions.set_members(
                program["key"],
                team["key"],
                form.people.data or [],
                reader,
                from_the_start=bool(form.from_the_start.data),
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{team['name']}: {came} came, {left} left.")
            return see_other(request, "programs.team_desk", key=program["key"])
    return render(request, "programs/team_members.html", form.status, form=form, program=program, team=team)


def _elsewhere(key: str, here: str, names: dict[str, str]) -> str:
    """Said beside whoever is in another team."""
    return f" (in {names[key]})" if key and key != here and key in names else ""
