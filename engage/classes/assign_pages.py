"""Asking for a list: classes, groups and single students at once; and changing, taking back, proposing it."""

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.classes import actions, asking_queries, group_queries, queries
from engage.classes.actions import Asked, Whom
from engage.classes.forms import AssignForm, ChangeForm
from engage.classes.models import Assignment
from engage.classes.queries import Assigned
from engage.classes.rules import AskedAlready, AssignmentKind
from engage.errors import NotFound, Refused
from engage.people.rules import Reader
from engage.web.forms import number_in, sent_form, words
from engage.web.render import render, say, see_other
from engage.web.routing import path_for

USUAL = 3
NOT_OUT = "“{}” is not published. A class can only be asked for a published list with something on it."


async def assign(request: Request) -> Response:
    """Ask one's classes, groups and students, or as a specialist any class, for a published list."""
    reader = request.user
    rooms = await queries.classes_to_assign(reader)
    groups, students = await group_queries.groups_of(reader), await group_queries.students_taught(reader)
    if not rooms:
        return _no_class(request)
    preset = await _preset(request, rooms, groups)
    asked_list = preset["list"] or words(request, "list") or words(request, "slug")
    lists = await asking_queries.lists_to_ask_for(reader, asked_list)
    picked = next((one for one in lists if asked_list in (one["key"], one["slug"])), None)
    if not asked_list and len(lists) == 1:
        picked = lists[0]
    preset["list"] = picked["key"] if picked else ""
    preset.setdefault("required", min(USUAL, picked["items_count"]) if picked else USUAL)
    form = await _form(request, lists, rooms, groups, students, preset)
    standing: list[dict[str, Any]] = []
    if form.complete:
        try:
            made = await actions.assign(*_meant(form), by=reader, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
            standing = await _standing(reader, refused)
        else:
            return await _done(request, made)
    hidden = await asking_queries.title_of(reader, asked_list) if asked_list and not preset["list"] else ""
    return render(
        request,
        "classes/assign.html",
        form.status,
        form=form,
        lists=lists,
        note=NOT_OUT.format(hidden) if hidden else "",
        standing=standing,
        proposes=[room["name"] for room in rooms if room["letter"] == "Q"],
        may_propose=any(room["id"] not in reader.taught_ids for room in rooms),
    )


async def _standing(reader: Reader, refused: Refused) -> list[dict[str, Any]]:
    """What stands in the way of asking and may be changed by this person."""
    return await asking_queries.changeable_among(reader, refused.keys) if isinstance(refused, AskedAlready) else []


def _no_class(request: Request) -> Response:
    """A teacher whose class has not come yet, as in August: to the page that says who gives one."""
    say(request, "There is no class yet that you could ask.", kind="care")
    return see_other(request, "classes.index")


async def _preset(request: Request, rooms: list[dict[str, Any]], groups: list[dict[str, Any]]) -> dict[str, Any]:
    """What the form begins with: what is asked of another class already, or the class or group that one comes from."""
    asked = words(request, "class"), words(request, "group")
    start = [room["key"] for room in rooms if room["key"] == asked[0]]
    own = [group["key"] for group in groups if group["key"] == asked[1]]
    preset: dict[str, Any] = {"list": "", "classes": start, "groups": own, "students": []}
    if copied := words(request, "copy"):
        one = await asking_queries.one_to_change(request.user, copied)
        return preset | {
            "list": await asking_queries.list_of(request.user, one),
            "kind": str(one.kind),
            "required": one.required,
            "chosen": await asking_queries.chosen_of(request.user, one),
            "instructions": one.instructions,
            "due_on": one.due_on,
        }
    if not (start or own) and len(rooms) == 1:
        preset["classes"] = [rooms[0]["key"]]
    return preset


async def _form(
    request: Request,
    lists: list[dict[str, Any]],
    rooms: list[dict[str, Any]],
    groups: list[dict[str, Any]],
    students: list[dict[str, Any]],
    preset: dict[str, Any],
) -> AssignForm:
    """The form with what this person may choose from; the items of the chosen list are offered too."""
    offered = {
        "list": [("", "Choose a list"), *((one["key"], one["title"]) for one in lists)],
        "classes": [(room["key"], room["name"]) for room in rooms],
        "groups": [(group["key"], group["name"]) for group in groups],
        "students": group_queries.to_choose(students),
        "chosen": [],
    }
    key = preset["list"]
    if request.method == "POST":
        key = str((await sent_form(request)).get("list", ""))
    picked = next((one for one in lists if one["key"] == key), None)
    if picked is not None:
        items = await queries.resources_on(request.user.school.id, picked["id"])
        offered["chosen"] = [(item["key"], item["title"]) for item in items]
    return await AssignForm.read(request, offered, **preset)


def _meant(form: AssignForm) -> tuple[str, Whom, Asked]:
    whom = Whom(
        tuple(form.classes.data or ()),
        tuple(form.groups.data or ()),
        tuple(form.students.data or ()),
        propose=bool(form.propose.data),
    )
    asked = Asked(
        AssignmentKind(form.kind.data),
        form.required.data or 0,
        tuple(form.chosen.data or ()),
        form.instructions.data or "",
        form.shows_from.data,
        form.due_on.data,
    )
    return str(form.list.data), whom, asked


async def _done(request: Request, made: list[Assignment]) -> Response:
    """Say who has what now, and lead to where one sees it."""
    reader = request.user
    title, rooms, groups = await asking_queries.where_asked(reader, made)
    have = [rooms[_id(row, "school_class")].name for row in made if _whole(row) and not row.waiting]
    have += [groups[_id(row, "group")].name for row in made if _id(row, "group") is not None]
    have += ["the students you chose"] if any(row.only_some for row in made) else []
    asked = [rooms[_id(row, "school_class")].name for row in made if row.waiting]
    sentences = [f"{_and(have)} {'has' if _is_one(have) else 'have'} “{title}” now."] if have else []
    sentences += [f"The teachers of {_and(asked)} see your proposal, and decide."] if asked else []
    words_said = " ".join(sentences)
    say(request, words_said[:1].upper() + words_said[1:])
    for row in made:
        if _id(row, "school_class") in reader.taught_ids and not row.waiting:
            return see_other(request, "classes.show", key=rooms[_id(row, "school_class")].key)
    for row in made:
        if _id(row, "group") is not None:
            return see_other(request, "classes.group", key=groups[_id(row, "group")].key)
    return see_other(request, "classes.made")


def _id(row: Assignment, name: str) -> Any:
    return getattr(row, f"{name}_id")


def _whole(row: Assignment) -> bool:
    return _id(row, "group") is None and not row.only_some


def _is_one(names: list[str]) -> bool:
    return len(names) == 1 and not names[0].startswith("the students")


def _and(names: list[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"


async def made(request: Request) -> Response:
    """What one asked for, or may change, the last one first."""
    page = await asking_queries.made_by(request.user, request.query_params.get("after", ""))
    return render(request, "classes/made.html", page=page)


async def change(request: Request) -> Response:
    """Give more time, or say more clearly what is asked."""
    reader = request.user
    one = await asking_queries.one_to_change(reader, request.path_params["assignment"])
    preset: dict[str, Any] = {"required": one.required, "due_on": one.due_on, "shows_from": one.shows_from}
    form = await ChangeForm.read(request, instructions=one.instructions, version=str(one.version), **preset)
    theirs = False
    standing: list[dict[str, Any]] = []
    if form.complete:
        starts: date = form.shows_from.data or one.shows_from
        said: dict[str, Any] = {"required": form.required.data or 0, "instructions": form.instructions.data or ""}
        try:
            seen = number_in(form.version.data or "") or 0
            await actions.change(one.key, **said, shows_from=starts, due_on=form.due_on.data, version=seen, by=reader)
        except Refused as refused:
            theirs = refused.about == "version"
            form.refuse(Refused(refused.sentence) if theirs else refused)
            form.version.data = str(one.version)
            standing = await _standing(reader, refused)
        else:
            say(request, f"“{one.title}” is changed.")
            return await _back(request, one)
    return render(
        request,
        "classes/change.html",
        form.status,
        form=form,
        assigned=one,
        any_of=one.kind is AssignmentKind.ANY,
        theirs=theirs,
        standing=standing,
    )


async def _back(request: Request, one: Assigned) -> Response:
    """To where one sees what was asked."""
    reader: Reader = request.user
    try:
        room, group = await asking_queries.place_of(reader, one.key)
    except NotFound:
        return see_other(request, "classes.made")
    if group:
        return see_other(request, "classes.group_assignment", key=group, assignment=one.key)
    return see_other(request, "classes.assignment", key=room, assignment=one.key)


async def withdraw(request: Request) -> Response:
    """Take an assignment back."""
    one = await asking_queries.one_to_change(request.user, request.path_params["assignment"])
    await actions.withdraw(one.key, by=request.user)
    undo = path_for(request, "classes.ask_again", assignment=one.key)
    say(request, f"“{one.title}” is no longer asked for. It leaves calendars within a day.", undo=undo)
    return await _to_place(request, one.class_id, one.group_id)


async def ask_again(request: Request) -> Response:
    """Undo a withdrawal."""
    try:
        row = await actions.ask_again(request.path_params["assignment"], by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
        return see_other(request, "classes.made")
    say(request, "It is asked again.")
    return await _to_place(request, _id(row, "school_class"), _id(row, "group"))


async def take_proposal(request: Request) -> Response:
    """Ask one's class for what a specialist proposed."""
    try:
        row = await actions.take_proposal(request.path_params["assignment"], by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
        return see_other(request, "classes.index")
    say(request, "Your class has it now.")
    return await _to_place(request, _id(row, "school_class"), None)


async def decline_proposal(request: Request) -> Response:
    """Leave what a specialist proposed."""
    await actions.decline_proposal(request.path_params["assignment"], by=request.user)
    say(request, "The proposal is gone.", kind="note")
    return see_other(request, "classes.index")


async def _to_place(request: Request, class_id: int | None, group_id: int | None) -> Response:
    reader: Reader = request.user
    room, group = await asking_queries.keys_of(reader, class_id, group_id)
    if group:
        return see_other(request, "classes.group", key=group)
    return see_other(request, "classes.show", key=room) if room else see_other(request, "classes.made")
