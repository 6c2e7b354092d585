"""The workshop around the bench: all lists one may edit, a new one, its words, its parts, and taking it down."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.lists import actions, copying, editing, queries, rules, sections, worklist
from engage.lists.bench_pages import list_on_bench, text
from engage.lists.editing import Addition
from engage.lists.forms import KINDS, PartForm, PutOnForm, StartForm, WordsForm, audience_words, grade_of
from engage.lists.rules import ListKind, State
from engage.lists.together import print_of
from engage.resources.queries import resources_for
from engage.resources.rules import ResourceState
from engage.web.forms import choice, sent_form
from engage.web.forms import words as words_of
from engage.web.render import render, say, see_other
from engage.web.routing import path_for
from engage.web.sessions import own_path

TYPED = ("title", "introduction")


async def curate(request: Request) -> Response:
    """All lists that one may edit, the last changed first, narrowed down as asked, and what waits to be done."""
    reader, school = request.user, request.user.school
    today, now = dates.today(school.zone), dates.now()
    wanted = worklist.Wanted(
        state=choice(request, "state", list(State)),
        work=choice(request, "work", worklist.WORK),
        kind=choice(request, "kind", list(ListKind)),
        words=words_of(request, "q", rules.TITLE),
        mine=choice(request, "whose", ["mine"]) == "mine",
    )
    rows, after = await worklist.lists_to_work_on(reader, wanted, today, now, request.query_params.get("after", ""))
    lists = [
        {
            **row,
            "for_whom": audience_words(row["visibility"], school.name),
            "changed_on": dates.on(row["changed_at"], school.zone),
        }
        for row in rows
    ]
    asked = {
        "state": wanted.state,
        "work": wanted.work,
        "kind": wanted.kind,
        "q": wanted.words,
        "whose": "mine" if wanted.mine else "",
    }
    return render(
        request,
        "lists/curate.html",
        lists=lists,
        after=after,
        asked=asked,
        kinds=KINDS,
        work=await worklist.work_waiting(reader, today, now),
        may_take_over=rules.may_edit(reader, None),
        asked_for=await queries.lists_to_suggest_for(reader),
        teachers_waiting=await request.app.teachers_waiting(reader),
    )


async def new(request: Request) -> Response:
    """Start a list."""
    known = await copying.templates_to_choose(request.user)
    choices = [("", "An empty list"), *((row["key"], row["title"]) for row in known)]
    chosen = choice(request, "template", [row["key"] for row in known])
    form = await StartForm.read(request, offering={"template": choices}, template=chosen)
    if form.complete:
        template = form.template.data
        given = {"title": form.title.data, "introduction": form.introduction.data, "kind": ListKind(form.kind.data)}
        try:
            if template:
                curated = await copying.start_from(template, **given, by=request.user, form_key=form.key)
            else:
                curated = await actions.start_list(**given, by=request.user, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Your list is started. Add things to it, then publish it.")
            return see_other(request, "lists.edit", key=curated.key)
    return render(request, "lists/new.html", form.status, form=form, templates=known)


async def put_on(request: Request) -> Response:
    """Put a resource on one of the lists that one may edit, from wherever it was found."""
    found = await resources_for(request.user).filter(key=request.path_params["resource"]).values(*PUT_ON)
    if not found:
        raise NotFound(request.path_params["resource"])
    lists = await queries.editable_lists(request.user)
    form = await PutOnForm.read(
        request,
        offering={"list": [(row["key"], row["title"]) for row in lists]},
        back=own_path(request.query_params.get("back", "")),
    )
    if form.complete:
        try:
            return await _put_on(request, found[0], {row["key"]: row["title"] for row in lists}, form)
        except Refused as refused:
            form.refuse(refused)
    return render(request, "lists/put_on.html", form.status, form=form, resource=found[0], lists=lists)


async def _put_on(
    request: Request, resource: Mapping[str, Any], titles: Mapping[str, str], form: PutOnForm
) -> Response:
    """It goes onto the list, and the person back to where they found it. titles: of lists by key. Raises Refused."""
    key = form.list.data
    if resource["state"] is not ResourceState.OFFERED:
        raise Refused(f"{resource['title']} is no longer offered. Offer it again first, on its own page.", about="list")
    wanted = [Addition(resource["key"], annotation=form.annotation.data)]
    added = await editing.add_items(key, wanted, by=request.user)
    if added.number is None:
        raise Refused(editing.ON_IT.format(resource["title"]), about="list")
    undo = path_for(request, "lists.put_back", key=key, number=added.number)
    say(request, f"{resource['title']} is on {titles[key]}.", undo=undo)
    if back := own_path(form.back.data or ""):
        return RedirectResponse(back, 303)
    return see_other(request, "lists.edit", {"moved": added.keys[0]}, key=key)


PUT_ON = ("key", "title", "creators", "mode", "picture", "state")


async def words(request: Request) -> Response:
    """What a list says of itself, and the grades it is for."""
    curated = await list_on_bench(request)
    review_by = await queries.review_of(curated)
    form = await WordsForm.read(
        request,
        review_by=review_by,
        seen_review="" if review_by is None else review_by.isoformat(),
        title=curated.title,
        introduction=curated.introduction,
        kind=curated.kind.value,
        grade_low="" if curated.grade_low is None else str(curated.grade_low),
        grade_high="" if curated.grade_high is None else str(curated.grade_high),
        seen_title=print_of(curated.title),
        seen_introduction=print_of(curated.introduction),
    )
    status = form.status
    if form.complete:
        try:
            clashes = await actions.describe(
                curated.key,
                words={name: form[name].data for name in TYPED},
                seen={name: form[f"seen_{name}"].data for name in TYPED},
                kind=ListKind(form.kind.data),
                grade_low=grade_of(form.grade_low.data),
                grade_high=grade_of(form.grade_high.data),
                review_by=form.new_review,
                by=request.user,
            )
        except Refused as refused:
            form.refuse(refused)
            status = form.status
        else:
            if not clashes:
                say(request, "The words are kept.")
                return see_other(request, "lists.edit", key=curated.key)
            for clash in clashes:
                form.refuse(Refused(OTHERS.format(clash.theirs), about=clash.key))
                form[f"seen_{clash.key}"].data = print_of(clash.theirs)
            form.seen_review.data = form.review_by.data.isoformat() if form.review_by.data else ""
            status = 409
    return render(request, "lists/words.html", status, form=form, curated=curated)


OTHERS = "Somebody changed this while you were writing. It now says: “{}”. Save again to put your words in its place."


async def parts(request: Request) -> Response:
    """The parts of a list, and a new one."""
    curated = await list_on_bench(request)
    form = await PartForm.read(request)
    if form.complete:
        try:
            await sections.add_section(curated.key, **form.values, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The part is at the end of the list.")
            return see_other(request, "lists.parts", key=curated.key)
    rows = await queries.sections_of(curated)
    return render(request, "lists/parts.html", form.status, form=form, curated=curated, parts=rows)


async def change_part(request: Request) -> Response:
    """Name a part, move it with all that is in it, or take its heading away."""
    key, part = request.path_params["key"], request.path_params["part"]
    given = await sent_form(request)
    act = text(given, "act")
    if act == "remove":
        number = await sections.remove_section(key, part, by=request.user)
        undo = path_for(request, "lists.put_back", key=key, number=number)
        say(request, "The heading is gone. What stood under it stands with the part before.", undo=undo)
    elif act in ("up", "down"):
        moved = await sections.move_section(key, part, to=act, by=request.user)
        undo = path_for(request, "lists.put_back", key=key, number=moved.number) if moved.number else ""
        say(request, f"{moved.title} is now part {moved.place} of {moved.among}.", undo=undo)
    else:
        try:
            await sections.rename_section(
                key, part, title=text(given, "title"), note=text(given, "note"), by=request.user
            )
        except Refused as refused:
            say(request, refused.sentence, "care")
        else:
            say(request, "The part has its name.")
    return see_other(request, "lists.parts", key=key)


async def look_through(request: Request) -> Response:
    """Say that a list was looked through and is still good."""
    await actions.look_through(request.path_params["key"], by=request.user)
    say(request, "Good for another year.")
    return see_other(request, "lists.curate")
