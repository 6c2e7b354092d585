"""The pages of doubles: which resources may be one, two of them side by side, and making them one."""

import wtforms
from starlette.requests import Request
from starlette.responses import Response
from wtforms.fields.choices import SelectChoice

from engage.errors import Refused
from engage.resources import doubles, search
from engage.resources.showing import brief
from engage.web.forms import Form, number, words
from engage.web.render import render, say, see_other

HITS = 8


class MergeForm(Form):
    """Which of two stays."""

    stays = wtforms.RadioField(
        "Whose title, creators and summary stay?", choices=[SelectChoice("this", ""), SelectChoice("other", "")]
    )


async def all_doubles(request: Request) -> Response:
    """Resources of one title, creator and family of kinds."""
    page = number(request, "page", 1)
    groups, more = await doubles.doubles(request.user, page)
    shown = [[{**brief(row), "line": doubles.told(row)} for row in group] for group in groups]
    return render(request, "resources/doubles.html", groups=shown, page=page, more=more)


async def choose_double(request: Request) -> Response:
    """What may be the same as one resource, and a search for it."""
    reader, key = request.user, request.path_params["key"]
    one = await doubles.one_of_two(reader, key)
    likely = await doubles.likely_doubles(reader, key)
    asked = words(request, "q")
    found = await search.find(reader.school.id, search.Wanted(text=asked), per_page=HITS) if asked else None
    hits = [row for row in (found.rows if found else []) if row["key"] != key]
    return render(
        request,
        "resources/choose_double.html",
        resource=one,
        likely=[{**brief(row), "line": doubles.told(row)} for row in likely],
        hits=[brief(row) for row in hits],
        q=asked,
    )


async def merge(request: Request) -> Response:
    """Two side by side, and what becomes of them when they are made one."""
    reader = request.user
    key, other_key = request.path_params["key"], request.path_params["other"]
    this, other = await doubles.one_of_two(reader, key), await doubles.one_of_two(reader, other_key)
    form = await MergeForm.read(request, stays=doubles.fuller(this, other))
    if form.complete:
        gone, stays = (other_key, key) if form.stays.data == "this" else (key, other_key)
        try:
            title = await doubles.merge(gone, stays, by=reader, followers=request.app.followers)
        except Refused as no:
            form.refuse(no)
        else:
            say(request, f"They are one now: {title}. The other address leads here.")
            return see_other(request, "resources.show", key=stays)
    pair = [(name, {**row, "kind": brief(row)["format"]}) for name, row in (("this", this), ("other", other))]
    told = [await tell(reader.school.id, this["id"], other["id"]) for tell in request.app.told_before_merging]
    return render(request, "resources/merge.html", form.status, form=form, pair=pair, told=told)
