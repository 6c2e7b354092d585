"""The pages of exchange: what this library offers, what others offer, and one of their lists before it is ours."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from engage.errors import NotAllowed, Refused
from engage.lists import exchange, queries
from engage.lists.exchange_form import urn
from engage.lists.exchange_looking import Gone, Outlook, Seen, look_at
from engage.lists.exchange_rules import STAYS, cut_sentence, host_of
from engage.lists.forms import plain
from engage.outside.cage import the_cage
from engage.outside.fetch import door_of
from engage.people.rules import Reader
from engage.web.cache import answer
from engage.web.forms import Form, sent_form
from engage.web.front import share
from engage.web.limits import SmallGate
from engage.web.render import render, say, see_other, whole
from engage.web.routing import path_for
from feeds import Author, Entry, Feed, clean, jsonfeed
from feeds.shared_list import FORM, IN_JSON

ADDRESS = 2_000
SHOWN = 12
MOST_OFFERED = 200
NOT_THERE = "There is no list at this address that everybody may see. Look whether it was pasted whole."
# what costs much: visits to other libraries while somebody waits
LOOKING = SmallGate(at_work=4, waiting=12, each=2)
# whether each way of taking a list over links it
WAYS = {"adopt": True, "fork": False}


class AddressForm(Form):
    """The address of a list of another library."""

    address = StringField(
        "Address of the list",
        [InputRequired("Paste the address of a list."), Length(max=ADDRESS, message="This address is too long.")],
        [plain],
        description="Of its page at another library that has Engage, of its JSON Feed, or of an OPDS 2.0 catalogue.",
    )


async def offered(request: Request) -> Response:
    """The lists that this library offers others, and how to take them."""
    if request.user.id is None:
        share(request)
    rows = await exchange.offered_by(request.user).limit(MOST_OFFERED).values(*exchange.OFFERED)
    return render(request, "lists/offered.html", lists=rows)


async def offered_json(request: Request) -> Response:
    """The same for other programs, as JSON Feed 1.1: an entry is a list, and says where it can be read."""
    if request.user.id is None:
        share(request)
    school = request.user.school
    rows = (
        await exchange.offered_by(request.user)
        .limit(MOST_OFFERED)
        .values(*exchange.OFFERED, "published_at", "changed_at", "version")
    )
    entries, added = [], {}
    for row in rows:
        guid = urn("list", row["key"])
        entries.append(
            Entry(
                guid=guid,
                title=row["title"],
                url=whole(request, path_for(request, "lists.show", slug=row["slug"])),
                summary_html=clean.html_from_text(row["introduction"]),
                published_at=row["published_at"],
                updated_at=row["changed_at"],
                authors=(Author(school.name),),
            )
        )
        address = whole(request, path_for(request, "promotion.list_json", slug=row["slug"]))
        said = {"form": FORM, "list": guid, "library": school.name, "total": row["items_count"]}
        added[guid] = {IN_JSON: {**said, "version": row["version"], "address": address}}
    feed = Feed(
        title=f"Lists that {school.name} offers other libraries",
        guid=urn("offered", school.key),
        site_url=whole(request, path_for(request, "lists.offered")),
        feed_url=whole(request, path_for(request, "lists.offered_json")),
        language=school.language,
        authors=(Author(school.name),),
        entries=tuple(entries),
    )
    return answer(request, jsonfeed.write(feed, None, added), "application/feed+json")


async def offer(request: Request) -> Response:
    """Offer a list to other libraries, or no longer."""
    key, on = request.path_params["key"], (await sent_form(request)).get("on") == "1"
    try:
        await exchange.offer(key, on=on, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
    else:
        say(request, "Other libraries can take this list now." if on else "The list is no longer offered.")
    return see_other(request, "lists.origin", key=key)


def outlook_of(request: Request) -> Outlook:
    """How this installation looks at others."""
    settings = request.app.settings
    return Outlook(door_of(settings), the_cage(), settings.base_url)


async def from_others(request: Request) -> Response:
    """Lists of other libraries: what schools here offer, any by its address, and those that were taken over."""
    reader = request.user
    form = await AddressForm.read(request)
    if form.complete:
        act = (await sent_form(request)).get("act")
        try:
            async with LOOKING.turn(reader.id):
                seen = await look_at(form.address.data, outlook_of(request))
            if act in WAYS:
                key = await exchange.take_over(seen, linked=WAYS[str(act)], by=reader, form_key=form.key)
                say(request, "The list is yours to change. Look at what your library does not have of it.")
                return see_other(request, "lists.origin", key=key)
        except Gone:
            form.refuse(Refused(NOT_THERE, about="address"))
        except Refused as refused:
            # nothing is taken over yet
            form.refuse(Refused(refused.sentence.removesuffix(STAYS), about=refused.about))
        else:
            return render(request, "lists/take_over.html", form=form, **await _preview(reader, seen))
    page = await exchange.offered_elsewhere(reader, request.query_params.get("after", ""))
    return render(
        request,
        "lists/from_others.html",
        form.status,
        form=form,
        offered=[{**row, "address": whole(request, _path_of(request, row))} for row in page.rows],
        after=page.after,
        taken=await exchange.origins_of(reader, queries.editable_for(reader)),
    )


def _path_of(request: Request, row: dict[str, Any]) -> str:
    return path_for(request, "lists.show", school=row["school_slug"], slug=row["slug"])


async def _preview(reader: Reader, seen: Seen) -> dict[str, Any]:
    """What a list would be here: how much of it the library has."""
    shared = seen.shared
    if shared is None:
        raise NotAllowed("LST05")
    held = await exchange.matches(reader.school.id, shared.items)
    return {
        "shared": shared,
        "library": exchange.library_of(seen, shared),
        "host": "" if seen.ours else host_of(seen.address),
        "held": len({row["id"] for row in held.values()}),
        "missing": sum(item.guid not in held for item in shared.items),
        "first": [{"item": item, "here": item.guid in held} for item in shared.items[:SHOWN]],
        "cut": cut_sentence(shared),
    }
