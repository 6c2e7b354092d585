"""The pages of a list's history: its changes, what each of them changed, and bringing a state of it back."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound, Refused
from engage.lists import history, queries, rules
from engage.lists.bench_pages import list_on_bench
from engage.lists.comparing import CHOSEN, ItemChange, changed_words, compare
from engage.lists.forms import KINDS, SCENE_NAMES, audience_words
from engage.lists.members_pages import PARTS
from engage.lists.models import Revision
from engage.lists.revisions import snapshot_of
from engage.lists.rules import Part, Visibility
from engage.people.rules import grade_name
from engage.web.forms import choice, number_in
from engage.web.forms import number as number_asked
from engage.web.render import hour, render, say, see_other, short_day

# what was done, by the act of a revision, as the beginning of a sentence
ACTS = {
    "started": "Started the list",
    "described": "Changed the words",
    "poster": "Changed the poster",
    "audience": "Changed who sees it:",
    "scheduled": "Scheduled it for",
    "unscheduled": "Took it off the schedule",
    "published": "Published it:",
    "not published": "It could not be published",
    "withdrawn": "Took it down",
    "archived": "Put it away",
    "looked through": "Looked it through",
    "added": "Added",
    "removed": "Removed",
    "put back": "Took a change back",
    "moved": "Moved",
    "note": "Wrote about",
    "start here": "Changed the mark “start here” of",
    "part added": "Added a part",
    "part named": "Named a part",
    "part moved": "Moved a part",
    "part removed": "Took a heading away",
    "merged": "Two became one",
    "member": "Changed who works on it:",
    "member gone": "Took somebody off the list:",
    "handed over": "Handed it over",
    "taken over": "Took it over",
    "copied": "Copied it from",
    "template": "Made it a template:",
    "no template": "Made it a list again:",
    "offered": "Offered it to other libraries:",
    "no longer offered": "No longer offers it to other libraries:",
    "adopted": "Adopted",
    "forked": "Copied from another library",
    "unlinked": "No longer follows",
    "followed origin": "Followed the other library:",
    "substitute": "Took a substitute:",
    "refilled": "It refilled itself:",
    "no longer refilled": "It no longer refills itself:",
    "pinned": "Pinned",
    "unpinned": "Let go of",
    "left out": "Left out",
    "let in": "Let in again",
    "restored": "Restored it as of",
    "item restored": "Brought back",
}
STATES = {"withdrawn": "Taken down", "archived": "Put away"}
CHANGED = 40


async def show_history(request: Request) -> Response:
    """Who changed a list, when, and for those who edit it what."""
    reader = request.user
    curated = await queries.list_to_edit(reader, request.path_params["key"])
    if not history.may_see_history(reader, curated):
        raise NotFound(curated.key)
    page = await history.changes_of(curated, request.query_params.get("after", ""))
    return render(
        request,
        "lists/history.html",
        curated=curated,
        changes=[{**row, "what": _what(row["act"], row["what"], reader.school.name)} for row in page.rows],
        after=page.after,
        acts=ACTS,
        may_edit=rules.may_edit(reader, curated.owner_id, curated.part),
    )


async def compare_changes(request: Request) -> Response:
    """What a change changed; ?against=now compares the list after it with the list of today, or any other number."""
    curated = await list_on_bench(request)
    revision = await history.change_of(curated, _number(request.path_params["number"]))
    against = choice(request, "against", ["now"]) or number_asked(request, "against", 0)
    if against == "now":
        older: Revision | None = revision
        before, after = await snapshot_of(revision), await history.as_it_is(curated)
    else:
        newer = revision
        if against:
            other = await history.change_of(curated, int(against))
            older, newer = (other, revision) if other.number < revision.number else (revision, other)
        else:
            older = await history.change_before(curated, revision.number)
        after = await snapshot_of(newer)
        before = await snapshot_of(older) if older else {"sections": [], "items": []}
    found = compare(before, after)
    page = number_asked(request, "page", 1, most=20)
    shown = found.items[(page - 1) * CHANGED : page * CHANGED]
    titles = await history.titles_of(curated, [each.resource for each in shown])
    recent = await history.changes_of(curated)
    school = request.user.school.name
    return render(
        request,
        "lists/compare.html",
        curated=curated,
        revision=revision,
        what=_what(revision.act, revision.what, school),
        older=older,
        against=against,
        same=found.same,
        words=[(label, changed_words(one, other)) for label, one, other in found.words],
        facts=[
            (label, _chosen(label, before, school), _chosen(label, after, school))
            for label, before, after in found.facts
        ],
        parts=found.parts,
        items=[_drawn(each, titles) for each in shown],
        page=page,
        pages=-(-len(found.items) // CHANGED),
        recent=[
            {**row, "what": _what(row["act"], row["what"], school)}
            for row in recent.rows
            if row["number"] != revision.number
        ],
        acts=ACTS,
    )


def _what(act: str, what: str, school: str) -> str:
    """What a change was about, in the words of the pages; most of it is a title and stands as it is."""
    if act in ("published", "audience") and what in set(Visibility):
        return audience_words(Visibility(what), school)
    if act in ("member", "member gone") and what in set(Part):
        return PARTS[Part(what)].lower()
    if act in ("scheduled", "restored"):
        day, _, clock = what.partition(" ")
        return f"{short_day(date.fromisoformat(day), year=True)}, {hour(time.fromisoformat(clock))}"
    return what


def _chosen(label: str, value: str, school: str) -> str:
    """What was chosen, in the words of the pages where it is chosen."""
    if not value:
        return ""
    if label == CHOSEN["visibility"]:
        return audience_words(Visibility(value), school)
    if label in (CHOSEN["grade_low"], CHOSEN["grade_high"]):
        return grade_name(int(value))
    of: dict[str, Mapping[Any, str]] = {
        CHOSEN["kind"]: KINDS,
        CHOSEN["scene"]: SCENE_NAMES,
        CHOSEN["state"]: STATES,
    }
    return of.get(label, {}).get(value, value.capitalize())


def _drawn(change: ItemChange, titles: dict[str, str]) -> dict[str, Any]:
    note = changed_words(change.before, change.after) if change.before != change.after else []
    return {**vars(change), "title": titles.get(change.resource, "Something that is gone"), "note": note}


async def restore(request: Request) -> Response:
    """Make the list what it was after a change."""
    key = request.path_params["key"]
    try:
        restored = await history.restore(key, _number(request.path_params["number"]), by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
    else:
        say(request, "The list is what it was. Who sees it has not changed.")
        if restored.gone:
            more = f" and {len(restored.gone) - 5} more" if len(restored.gone) > 5 else ""
            say(request, f"The library no longer has: {'; '.join(restored.gone[:5])}{more}.", "care")
    return see_other(request, "lists.history", key=key)


async def restore_item(request: Request) -> Response:
    """Bring one item back as it was after a change."""
    key, item = request.path_params["key"], request.path_params["item"]
    try:
        title = await history.restore_item(key, _number(request.path_params["number"]), item, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
    else:
        say(request, f"{title} is as it was.")
    return see_other(request, "lists.history", key=key)


def _number(text: str) -> int:
    """The number of a revision from an address. Raises NotFound."""
    number = number_in(text)
    if number is None:
        raise NotFound(text)
    return number
