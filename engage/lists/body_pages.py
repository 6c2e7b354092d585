"""The part of a list's page that is the same for all its readers, and the cards in it.

Both are kept by what they say, so nothing has to tell them of a change: the part by the list's version, the stamp of
what stands on it and whatever else is read for it; each card by its resource in its version, and what the list says of
it comes into holes; and so filled, by its place and number. A list that changed is put together from the cards that
there are: those that stand as they stood are taken as they are, and only things that changed are drawn.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import chain, repeat, zip_longest
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from markupsafe import Markup
from starlette.requests import Request

from engage import dates
from engage.engagement.rules import Mode
from engage.lists import queries, standards
from engage.lists.described import as_thing, element, is_described, item_list
from engage.lists.missing import titles_of
from engage.lists.queries import ListCard
from engage.lists.shown import Filters, Place, Row, described, shown
from engage.lists.texts import OWN, Texts, cut, sum_of
from engage.resources.editions import modes_of
from engage.resources.wording import AGES, WHERE
from engage.web.cache import cached, known, pages, remembered, unwritten
from engage.web.forms import choice
from engage.web.marks import marked
from engage.web.render import render_part, whole
from engage.web.routing import path_for

# comments, as OWN is one
CARDS = "<!-- the cards of a part -->"
NUMBER = "<!-- the number on the list -->"
NOTE = "<!-- the words about it -->"
# below that many things a list needs no way in
FEW = 5
MOST_STARTS = 4
MOST_LACKING = 40
# what a card and its thing of schema.org are made from, of a row of `items_of`: they see nothing else
SAID = (
    *("key", "annotation", "start_here", "resource_id", "resource_key", "title", "creators", "bodies", "mode"),
    *("format", "editions", "language", "audience_low", "audience_high", "minutes", "pages", "year", "picture"),
    *("isbn", "call_number", "location", "copies", "available", "url", "provider"),
)
said_by = itemgetter(*SAID)
place_by = itemgetter(*Place._fields)
# of a list what changes with every thing put on it, which what stands around its cards does not know
PASSING: dict[str, Any] = {
    **dict.fromkeys(("version", "items_count", "reading", "viewing", "listening"), 0),
    "stamp": "",
    "lacks": "",
}
AROUND = tuple(name for name in ListCard._fields if name not in PASSING and name != "changed_at")
around_by = attrgetter(*AROUND)
modes_by, aged_by, card_by, element_by = map(itemgetter, ("modes", "aged", "card", "element"))
FILTERED = ("mode", "editions", "audience_low", "audience_high", "copies", "url")
NOWHERE: dict[str, Any] = {"place": None}
# rows of booktalks, as pairs of names and values
Said = tuple[tuple[tuple[str, Any], ...], ...]


class Thing(NamedTuple):
    """What a reader's own marks are about. wanting: nobody can have it now, so one may ask for it.

    resource_id, key: 0 and "" for a title that the library does not have.
    """

    resource_id: int
    key: str
    title: str
    mode: str
    wanting: bool


class Drawn(NamedTuple):
    """An item as the page shows it. before, between, after: its card around the number and the words of the note.

    said: all that it was made from, in the order of SAID, and NOTE for those words; facts: what decides whether it is
    shown; as_thing: it for machines, as JSON.
    """

    said: tuple[Any, ...]
    facts: dict[str, Any]
    thing: Thing
    before: str
    between: str
    after: str
    as_thing: str

    @property
    def size(self) -> int:
        """Bytes it takes up, about."""
        return 2 * (len(self.before) + len(self.between) + len(self.after) + len(self.as_thing)) + 4_000


class Frame(NamedTuple):
    """All that what stands around the cards is drawn from.

    curated: as around() gives it; changed: in words; total: things on the whole list; modes: how many there are
    for each; aged: whether ages are known of any; headings: titles and notes of the parts;
    starts: what SAID names of each; described: whether machines read it, too.
    """

    curated: tuple[Any, ...]
    changed: str
    filters: Filters
    total: int
    modes: tuple[tuple[str, int], ...]
    aged: bool
    headings: tuple[tuple[str, str], ...]
    starts: tuple[tuple[Any, ...], ...]
    lacking: tuple[tuple[str, str], ...]
    said: Said
    served: Said
    described: bool


class Standing(NamedTuple):
    """A list as it was put together last: its rows in order, and in each the item that was made of it.

    size: bytes it takes up, about.
    """

    rows: Sequence[dict[str, Any]]
    size: int


class Body(NamedTuple):
    """The part of a list's page that is the same for all.

    texts: those of the page; things: what a reader's own marks are about, in the order of the holes; back: where the
    buttons lead back to; numbers: the resources among the things; said: what the library says in it, None where a
    filter leaves that out.
    """

    texts: Texts
    things: tuple[Thing, ...]
    back: str
    numbers: tuple[int, ...]
    said: Said | None

    @property
    def size(self) -> int:
        """Bytes it takes up, about."""
        return sum(map(len, self.texts.row)) + 500 * len(self.things)

    @property
    def pieces(self) -> list[bytes]:
        """The page, cut where a reader's own marks go."""
        pieces, piece = [], list[bytes]()
        for text in self.texts.row:
            if text:
                piece.append(text)
            else:
                pieces.append(b"".join(piece))
                piece = []
        return [*pieces, b"".join(piece)]


async def body_of(request: Request, curated: ListCard, said: Said | None) -> Body:
    """The shared part of the page, made once for each version of the list and of what stands on it.

    said: as said_of() gives it.
    """
    filters = filters_of(request)
    state = (curated.version, curated.stamp, curated.by, curated.origin, curated.lacks, curated.aligned)
    make = partial(_body, request, curated, said, filters)
    body: Body = await cached(("list", request.user.school, curated.id, state, said, filters), make)
    return body


async def _body(request: Request, curated: ListCard, said: Said | None, filters: Filters) -> Body:
    whole_list = filters == Filters()
    rows = await rows_of(request, curated)
    listed = shown(rows, filters, stands)
    items = listed.items
    machines = is_described(curated)
    lacking = await titles_of(curated, MOST_LACKING) if curated.origin and whole_list else []
    served = await standards.of_list(request.user, curated) if machines and curated.aligned else []
    frame = Frame(
        around(curated),
        date_words(dates.on(curated.changed_at, request.user.school.zone)),
        filters,
        listed.total,
        tuple(sorted(Counter(chain.from_iterable(map(modes_by, listed.offered))).items())),
        any(map(aged_by, listed.offered)),
        tuple((part.title, part.note) for part in listed.parts),
        tuple(item["one"].said for item in starts(items, listed.total, filters)),
        tuple(lacking),
        said or (),
        tuple(tuple(row.items()) for row in served if not row["gone"]),
        machines and whole_list,
    )
    # what is not named in the frame is not seen by who draws it
    pieces, back = remembered(("around", request.user.school, frame), partial(draw_frame, request, frame))
    inside = [[*map(card_by, part.items)] for part in listed.parts]
    if frame.described:
        inside.append([*map(element_by, items)])
    texts = [text for piece, within in zip_longest(pieces, inside, fillvalue=()) for text in (piece, *within)]
    rows_of_texts, sums = zip(*texts, strict=True)
    whole_page = Texts(tuple(chain.from_iterable(rows_of_texts)), sum_of(sums))
    things = tuple([item["one"].thing for item in items])
    things += tuple(Thing(0, "", title, "", True) for title, _ in lacking)
    return Body(whole_page, things, back, tuple([thing.resource_id for thing in things if thing.key]), said)


def filters_of(request: Request) -> Filters:
    """What the reader asked to see of the list."""
    if not request.scope["query_string"]:
        return Filters()
    return Filters(choice(request, "mode", list(Mode)), choice(request, "where", WHERE), choice(request, "ages", AGES))


def is_whole(request: Request) -> bool:
    """Whether the reader asked to see all of it."""
    return filters_of(request) == Filters()


async def said_of(request: Request, curated: ListCard) -> Said | None:
    """What the library says on the page, None where a filter leaves that out."""
    if not is_whole(request):
        return None
    on = partial(said_on, request, curated)
    said: Said = await unwritten(request, ("said", curated.school_id, curated.id), on)
    return said


async def rows_of(request: Request, curated: ListCard) -> list[dict[str, Any]]:
    """What `shown` wants of each item, its place, the item as drawn as "one", and what was "made" of it.

    Of a list that was put together before, the places are all that is asked, if each thing is known in its version; and
    what stands where it stood is taken as it is.
    """
    key = ("standing", request.user.school.slug, curated.id)
    before: Standing | None = known(key)
    rows = await rows_again(request, curated, before.rows) if before else []
    if not rows:
        for row in await queries.items_to_draw(curated):
            place = Place(*place_by(row))
            rows.append(row_at(place, remembered(card_key(request, place), partial(draw, request, row))))
    pages.keep(key, Standing(rows, 8_000 * len(rows)))
    return rows


async def rows_again(request: Request, curated: ListCard, before: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same from those of the last time; none where something is not known in its version."""
    rows = [
        row if row["place"] == place else row_there(request, place)
        for place, row in zip(await queries.places_of(curated), chain(before, repeat(NOWHERE)), strict=False)
    ]
    return rows if all(rows) else []


def row_there(request: Request, told: Sequence[Any]) -> dict[str, Any]:
    """The row of a thing that stood elsewhere or otherwise. told: its Place; an empty one as row_at() says."""
    place = Place(*told)
    return row_at(place, known(card_key(request, place)))


def row_at(place: Place, one: Drawn | None) -> dict[str, Any]:
    """The row of a thing in its place; an empty one where it is not known in its version."""
    return {} if one is None else {**one.facts, **place._asdict(), "place": place, "one": one, "made": {}}


def card_key(request: Request, place: Place) -> Hashable:
    """Under what a card is kept: its resource in its version, and what of its place is on it besides words.

    Two that change a resource at once may count to the same version; not at the same moment.
    """
    thing = (place.resource_id, place.resource_version, place.resource_changed_at)
    return ("card", request.user.school.slug, thing, bool(place.start_here), bool(place.annotation))


def draw_frame(request: Request, frame: Frame) -> tuple[tuple[Texts, ...], str]:
    """What stands around the cards: cut where those of each part go, and last where what machines read does.

    And where the buttons lead back to.
    """
    curated = card_around(frame.curated)
    html = render_part(
        request,
        "lists/_show.html",
        curated=curated,
        parts=[{"title": title, "note": note} for title, note in frame.headings],
        total=frame.total,
        modes=Counter(dict(frame.modes)),
        aged=frame.aged,
        filters=frame.filters,
        where=WHERE,
        ages=AGES,
        changed=frame.changed,
        own=Markup(OWN),
        cards=Markup(CARDS),
        starts=[described(row_of(said)) for said in frame.starts],
        lacking=frame.lacking,
        talks=[dict(row) for row in frame.said],
        served=[dict(row) for row in frame.served],
        described=frame.described,
    )
    texts = html.split(CARDS)
    if frame.described:
        begin, end = item_list(curated, frame.total, partial(address_of, request))
        texts[-2:] = [texts[-2] + begin, end + texts[-1]]
    return tuple(map(cut, texts)), path_for(request, "lists.show", vars(frame.filters), slug=curated.slug)


def around(curated: ListCard) -> tuple[Any, ...]:
    """Of the list what stands around its cards knows, in the order of AROUND, and when it came out."""
    return (*around_by(curated), curated.published_at or curated.changed_at)


def card_around(about: tuple[Any, ...]) -> ListCard:
    """The list with that alone. about: as around() gives it."""
    *known_of_it, out_at = about
    return ListCard(**dict(zip(AROUND, known_of_it, strict=True)), **PASSING, changed_at=out_at)


async def said_on(request: Request, curated: ListCard) -> Said:
    """What the library says about the things on a list, and who says it, whose name no version of a list knows."""
    rows = await request.app.booktalks_on(curated.school_id, curated.id)
    return tuple(tuple(row.items()) for row in rows)


def stands(row: Row, number: int) -> dict[str, Any]:
    """An item as the page shows it, made once for each place and number."""
    made: dict[int, dict[str, Any]] = row["made"]
    if number not in made:
        made.clear()
        made[number] = placed(row, number)
    return made[number]


def placed(row: Row, number: int) -> dict[str, Any]:
    """An item as the page shows it, with its number and the words about it."""
    one: Drawn = row["one"]
    place: Place = row["place"]
    note = remembered(("note", place.annotation), partial(marked, place.annotation))
    card = cut(f"{one.before}{number}{one.between}{note}{one.after}\n")
    return {"start_here": place.start_here, "card": card, "element": cut(element(number, one.as_thing)), "one": one}


def row_of(said: tuple[Any, ...]) -> Row:
    """What SAID names, by its names."""
    return dict(zip(SAID, said, strict=True))


def draw(request: Request, whole_row: Row) -> Drawn:
    """An item, drawn for all lists and places that give it the same card_key()."""
    note = Markup(NOTE) if whole_row["annotation"] else ""
    said = said_by({**whole_row, "key": "", "annotation": note})
    row = row_of(said)
    item = described(row)
    html = render_part(request, "lists/_card.html", item=item, number=Markup(NUMBER), own=Markup(OWN))
    before, rest = html.split(NUMBER)
    between, _, after = rest.partition(NOTE)
    thing = Thing(item["resource_id"], item["resource_key"], item["title"], item["mode"], item["wanting"])
    facts = {name: whole_row[name] for name in ("resource_state", *FILTERED)}
    facts["modes"] = modes_of(str(row["mode"]), row["editions"])
    facts["aged"] = row["audience_low"] is not None or row["audience_high"] is not None
    words = as_thing(row, address_of(request, "resources.show", key=thing.key))
    return Drawn(said, facts, thing, before, between, after, words)


def starts(items: Sequence[dict[str, Any]], total: int, filters: Filters) -> list[dict[str, Any]]:
    """What to start with, where the list is long enough to need a way in and is shown whole."""
    if total <= FEW or filters != Filters():
        return []
    return [item for item in items if item["start_here"]][:MOST_STARTS]


def address_of(request: Request, name: str, **values: Any) -> str:
    """The whole address of a page of this school."""
    return whole(request, path_for(request, name, **values))


@lru_cache(maxsize=400)
def date_words(on: date) -> str:
    """ "3 November"."""
    return f"{on.day} {on:%B}"
