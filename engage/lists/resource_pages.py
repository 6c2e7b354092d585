"""The page of one resource: what it is, where it is, and the lists it stands on.

It stands among lists, not among resources, because only from here down can both be seen (DECISIONS.md).
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage.engagement.diary import opened
from engage.engagement.rules import Kind
from engage.errors import NotFound
from engage.lists.aligning import may_align_resources
from engage.lists.queries import lists_with
from engage.lists.standards import of_resource
from engage.people.rules import Scope
from engage.resources import citing, works
from engage.resources.doubles import became
from engage.resources.measures import measures_of
from engage.resources.notes import answers_of, note_of
from engage.resources.queries import Whole, resource_for
from engage.resources.record import ORGANIZATION
from engage.resources.rules import Format, ResourceState, mode_of
from engage.resources.showing import about
from engage.resources.wording import edition_of, kind_and_length, on_shelf
from engage.web.front import share
from engage.web.render import render
from engage.web.render import whole as whole_address
from engage.web.routing import path_for

SUBJECTS = ("topic", "person", "place", "genre")
MOST_LISTS = 12
# they are just named
UNSAID_ROLES = frozenset({"author", "maker", "contributor", ORGANIZATION})


async def show(request: Request) -> Response:
    """One resource. That it was opened is counted without a person."""
    reader = request.user
    key = request.path_params["key"]
    try:
        whole = await resource_for(reader, key)
    except NotFound:
        return RedirectResponse(path_for(request, "resources.show", key=await became(reader, key)), 301)
    row = whole.row
    marks: Any = await request.app.marks_of(reader, [row["id"]]) if reader.is_student else {}
    note = await note_of(reader, row["id"])

    def count() -> None:
        opened(Kind.RESOURCE_OPENED, reader, mode=row["mode"], resource_id=row["id"])

    count()
    if reader.id is None:
        share(request, again=count)
    return render(
        request,
        "resources/show.html",
        resource=row,
        creators=by_role(whole.creators),
        subjects=[each for each in whole.subjects if each["kind"] in SUBJECTS],
        facts=about(whole),
        format=kind_and_length(row["format"], row["mode"], row["minutes"], row["editions"]),
        holdings=[
            {
                **each,
                "shelf": on_shelf(each["copies"], each["available"], each["location"]),
                "edition": edition_of(each, row),
            }
            for each in whole.holdings
        ],
        links=[
            {
                **each,
                "edition": edition_of(each, row),
                "mode": (mode_of(Format(each["format"])) if each["format"] else row["mode"]).value,
            }
            for each in whole.links
        ],
        mark=marks.get(row["id"]),
        citations=citations_of(request, whole),
        measures=await measures_of(reader, row["id"]),
        note=note,
        chosen=answers_of(note),
        on_lists=(await lists_with(reader, row["id"]))[:MOST_LISTS],
        served=await of_resource(reader, row["id"]) if reader.is_staff else [],
        may_align=may_align_resources(reader),
        talks=await request.app.booktalks_of(reader, [row["id"]]),
        reviews=await request.app.reviews_of(reader, row["id"]) if reader.school.reviews else [],
        feelings=request.app.feelings,
        may_review=bool(reader.school.reviews)
        and row["state"] is ResourceState.OFFERED
        and reader.id is not None
        and reader.may("REV01", Scope.MINE),
        may_edit=reader.may("FED05", Scope.SCHOOL),
        may_put_on=reader.may_curate,
        offered=row["state"] is ResourceState.OFFERED,
    )


def citations_of(request: Request, whole: Whole) -> list[tuple[str, citing.Cited]]:
    """The resource as it is cited, with the name of each style."""
    page = whole_address(request, path_for(request, "resources.show", key=whole.row["key"]))
    card = citing.csl_of(works.of_whole(whole), page)
    return [(words, citing.cited(card, style)) for style, words in citing.STYLES.items()]


def by_role(creators: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """The creators by what they did, in the order in which the first of each was named; authors are just named."""
    found: dict[str, list[str]] = {}
    for each in creators:
        role = "" if each["role"] in UNSAID_ROLES else each["role"]
        found.setdefault(role, []).append(each["name"])
    return list(found.items())
