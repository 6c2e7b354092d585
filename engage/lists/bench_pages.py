"""The bench: one list being edited. It is one form with many buttons, so whatever is pressed keeps typed notes too."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.lists import actions, editing, queries, rules, undoing
from engage.lists.forms import AudienceForm, PosterForm, audience_words
from engage.lists.queries import ListCard
from engage.lists.shown import checked, described, trouble_with
from engage.lists.together import Clash, print_of
from engage.resources import search
from engage.resources.wording import kind_and_length, on_shelf
from engage.web.forms import number, number_in, sent_form, words
from engage.web.limits import turn_to_search
from engage.web.render import render, render_page, say
from engage.web.routing import path_for

# a form has 200 fields at most (SAFETY.md, section 0), and an item takes three
BENCH = 50
WAYS = ("up", "down", "top", "bottom")
NOTE = "note."
THEIRS = "theirs."


async def edit(request: Request) -> Response:
    """The list on the bench: what stands on it, what could be added, and publishing."""
    return await bench(request)


async def bench(request: Request, refused: AudienceForm | None = None) -> Response:
    """The page. refused: what was filled in to publish, where that was refused."""
    curated = await list_on_bench(request)
    reader = request.user
    rows = await queries.items_of(curated)
    sections = await queries.sections_of(curated)
    hits, near = await hits_for(request, curated)
    audience = refused or await audience_form(request, curated)
    return render(
        request,
        "lists/edit.html",
        audience.status,
        form=audience,
        curated=curated,
        sections=sections,
        parts=parts_of(sections, rows, page_asked(request)),
        page=page_asked(request),
        pages=max(1, -(-len(rows) // BENCH)),
        q=words(request, "q"),
        hits=hits,
        near=near,
        findings=rules.findings(checked(rows), curated.introduction),
        moved=request.query_params.get("moved", ""),
        changed=await queries.last_change(curated),
        undoable=await undoing.last_undoable(curated, reader),
        poster_form=PosterForm(data={"ink": curated.ink, "scene": curated.scene}),
        audiences=rules.audiences(reader, curated.owner_id, curated.part),
        for_whom=audience_words(curated.visibility, reader.school.name),
        may_withdraw=rules.may_withdraw(reader, curated.owner_id, curated.part),
        may_delete=rules.may_hand_over(reader, curated.owner_id) and rules.may_withdraw(reader, curated.owner_id),
    )


async def list_on_bench(request: Request) -> ListCard:
    """The list of this address. Raises NotFound where the person may not see it, NotAllowed where not edit it."""
    return await queries.list_to_change(request.user, request.path_params["key"])


def page_asked(request: Request) -> int:
    """Which page of a long list, from 1."""
    return number(request, "page", 1, most=rules.LONGEST // BENCH)


def parts_of(sections: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], page: int) -> list[Any]:
    """The parts in order, each with those of its items that are on this page; on the first page also empty ones.

    Each part: key title note; among: how many items it has; first: the place of the first one shown; things: as
    `described`, with seen, the print of the note, and place, from 1 in the part.
    """
    headings = [{"key": "", "title": "", "note": ""}, *sections]
    made = []
    for heading in headings:
        inside = [row for row in rows if (row["section_key"] or "") == heading["key"]]
        things = [
            {**described(row), "seen": print_of(row["annotation"]), "place": place, "trouble": trouble_with(row)}
            for place, row in enumerate(inside, 1)
            if (row["position"] - 1) // BENCH + 1 == page
        ]
        empty = not inside and heading["key"] and page == 1
        if things or empty:
            first = things[0]["place"] if things else 1
            made.append({**heading, "among": len(inside), "first": first, "things": things})
    return made


async def hits_for(request: Request, curated: ListCard) -> tuple[list[dict[str, Any]] | None, Sequence[str]]:
    """What the catalogue has for the words that were searched, each with whether it is on the list; None unasked.

    Beside it other spellings, where there is nothing. Raises Full.
    """
    asked = words(request, "q")
    if not asked:
        return None, ()
    async with turn_to_search(request.user.id):
        found = await search.suggest(curated.school_id, asked)
    there = await queries.standing_of(curated, [row["id"] for row in found.rows])
    return [{**hit_line(row), "on_list": row["id"] in there} for row in found.rows], found.near


async def hits(request: Request) -> Response:
    """The same alone, for the script that asks while somebody types."""
    curated = await list_on_bench(request)
    found, near = await hits_for(request, curated)
    sections = await queries.sections_of(curated)
    asked = words(request, "q")
    return render_page(
        request, "lists/_hits.html", status=200, curated=curated, q=asked, hits=found, near=near, sections=sections
    )


def hit_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the search as the bench shows it."""
    where = ", ".join(
        part for part in (row["call_number"], on_shelf(row["copies"], None, row["location"] or "")) if part
    )
    return {
        "key": row["key"],
        "title": row["title"],
        "creator": row["creators"],
        "picture": row["picture"],
        "mode": row["mode"],
        "format": kind_and_length(row["format"], row["mode"], row["minutes"]),
        "line": where or ("Online" if row["online"] else ""),
    }


async def audience_form(request: Request, curated: ListCard) -> AudienceForm:
    """Whom the list is for, with the choices that this person has."""
    reader = request.user
    offered = rules.audiences(reader, curated.owner_id, curated.part)
    zone = reader.school.zone
    at, until = curated.publish_at, curated.publish_until
    preset = curated.visibility if curated.visibility in offered or not offered else offered[0]
    return await AudienceForm.read(
        request,
        offering={
            "visibility": [(each.value, audience_words(each, reader.school.name)) for each in offered],
            "classes": [(row["key"], row["name"]) for row in await queries.classes_to_choose(reader, curated)],
        },
        visibility=preset.value,
        classes=await queries.classes_of(curated),
        when="now" if at is None else "later",
        day=None if at is None else dates.on(at, zone),
        clock=time(7, 30) if at is None else dates.clock_of(at, zone),
        until=None if until is None else dates.last_day(until, zone),
    )


async def keep_notes(request: Request) -> Response:
    """Keep the notes that were typed."""
    clashes = await typed_notes(request)
    given = await sent_form(request)
    # Enter in the search presses this too
    if not clashes and (text(given, "do") == "save" or not text(given, "q")):
        say(request, "Your notes are kept.")
    return await unless_clashing(request, clashes, back_to_bench(request, await sent_form(request)))


async def add_item(request: Request) -> Response:
    """Put a resource on the list."""
    clashes = await typed_notes(request)
    given = await sent_form(request)
    key = request.path_params["key"]
    try:
        made = await editing.add_item(key, text(given, "resource"), section=text(given, "into"), by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
        return await unless_clashing(request, clashes, back_to_bench(request, given))
    say(request, "It is on the list. Write why someone should open it.")
    return await unless_clashing(request, clashes, back_to_bench(request, given, moved=made))


async def move_item(request: Request) -> Response:
    """Move an item: by an arrow, to an end, into another part, or to where it was dropped."""
    clashes = await typed_notes(request)
    given = await sent_form(request)
    item, to = request.path_params["item"], text(given, "to")
    section = text(given, f"part.{item}") if to == "part" else None
    try:
        moved = await editing.move_item(
            request.path_params["key"],
            item,
            to=int(to) if to.isascii() and to.isdigit() and len(to) < 6 else to if to in WAYS else "bottom",
            section=section,
            by=request.user,
        )
    except NotFound:
        return await too_late(request, clashes)
    # the arrow that was pressed keeps the focus, or its fellow where it now leads nowhere
    way = {"up": "down" if moved.place == 1 else "up", "down": "up" if moved.place == moved.among else "down"}.get(to)
    mark = f"{way or 'note'}-{item}"
    page = (moved.position - 1) // BENCH + 1
    return await unless_clashing(request, clashes, back_to_bench(request, given, mark, page=page, moved=item))


async def remove_item(request: Request) -> Response:
    """Take an item off the list; the message offers to undo it."""
    clashes = await typed_notes(request)
    key, item = request.path_params["key"], request.path_params["item"]
    try:
        number = await editing.remove_item(key, item, by=request.user)
    except NotFound:
        return await too_late(request, clashes)
    say(request, "It is off the list.", undo=path_for(request, "lists.put_back", key=key, number=number))
    return await unless_clashing(request, clashes, back_to_bench(request, await sent_form(request)))


async def mark_start(request: Request) -> Response:
    """Say that readers should start with this item, or no longer."""
    clashes = await typed_notes(request)
    given = await sent_form(request)
    key, item = request.path_params["key"], request.path_params["item"]
    try:
        await editing.mark_start(key, item, start_here=text(given, "start") == "1", by=request.user)
    except NotFound:
        return await too_late(request, clashes)
    return await unless_clashing(request, clashes, back_to_bench(request, given, f"note-{item}"))


async def put_back(request: Request) -> Response:
    """Undo a change."""
    clashes = await typed_notes(request)
    key, number = request.path_params["key"], request.path_params["number"]
    try:
        said = await undoing.put_back(key, number_in(number) or 0, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
    else:
        say(request, said)
    return await unless_clashing(request, clashes, back_to_bench(request, await sent_form(request)))


async def change_poster(request: Request) -> Response:
    """Print the poster in another ink, with another picture."""
    clashes = await typed_notes(request)
    form = await PosterForm.read(request)
    if form.complete:
        await actions.change_poster(request.path_params["key"], **form.values, by=request.user)
        say(request, "The poster is printed.")
    return await unless_clashing(request, clashes, back_to_bench(request, await sent_form(request)))


async def typed_notes(request: Request) -> list[Clash]:
    """Keep the notes that came with whatever was pressed; those that somebody else changed meanwhile come back."""
    given = await sent_form(request)
    notes: dict[str, str] = {}
    seen: dict[str, str] = {}
    for name, value in given.multi_items():
        if not name.startswith(NOTE) or not isinstance(value, str):
            continue
        item, print_then = print_seen(name)
        if text(given, THEIRS + item) != "theirs":
            notes[item], seen[item] = value, print_then
    if not notes:
        return []
    return await editing.annotate(request.path_params["key"], notes, seen=seen, by=request.user)


def print_seen(name: str) -> tuple[str, str]:
    """The key of an item and the print of its note as the page showed it, from the name of a field for a note."""
    item, _, print_then = name.removeprefix(NOTE).partition(".")
    return item, print_then


async def too_late(request: Request, clashes: Sequence[Clash]) -> Response:
    """Somebody took away meanwhile what was pressed for; what was typed beside it is kept or asked about as ever.

    Raises NotFound, NotAllowed where it is the list that is not there for this person.
    """
    await list_on_bench(request)
    say(request, "Somebody took that away while you looked. This is the list as it stands.", "care")
    return await unless_clashing(request, clashes, back_to_bench(request, await sent_form(request)))


async def unless_clashing(request: Request, clashes: Sequence[Clash], response: Response) -> Response:
    """The response, or the question whose words shall stand."""
    if not clashes:
        return response
    curated = await list_on_bench(request)
    asked = [{**vars(clash), "seen": print_of(clash.theirs)} for clash in clashes]
    return render(request, "lists/clash.html", 409, curated=curated, clashes=asked)


def back_to_bench(request: Request, given: FormData, mark: str = "", **query: Any) -> Response:
    """To the bench again, at the page and the search it was at. mark: what to put the focus on."""
    asked = {"q": text(given, "q"), "page": text(given, "page"), **query}
    asked = {name: value for name, value in asked.items() if str(value) != "1" or name != "page"}
    path = path_for(request, "lists.edit", asked, key=request.path_params["key"])
    return RedirectResponse(f"{path}#{mark}" if mark else path, 303)


def text(given: FormData, name: str) -> str:
    """One field of what was sent, as text."""
    value = given.get(name, "")
    return value if isinstance(value, str) else ""
