"""Lists between the two schools of the demo, a list that refills itself, and a template."""

from datetime import timedelta

from engage import dates
from engage.demo.people import Place
from engage.lists import copying, editing, exchange, origin_changes, queries, smart
from engage.lists.exchange_looking import Outlook, Seen, look_at
from engage.lists.exchange_models import Origin
from engage.lists.models import CuratedList, ListItem
from engage.lists.saved import Search
from engage.lists.together import print_of
from engage.outside.cage import the_cage
from engage.outside.fetch import Door
from engage.people.rules import Reader
from engage.resources.gathering import Order
from engage.resources.models import Resource

NOVELS = Search("", {"kind": "graphic novel", "where": "here"}, Order.NEWEST, 12)


async def exchange_lists(alder: Place, willow: Place, base_url: str) -> None:
    """Each school offers lists; each has taken one of the other's over, and one of them has changed since."""
    okafor, abara = alder.staff["okafor"], willow.staff["abara"]
    outlook = Outlook(Door(), the_cage(), base_url)
    for place, title, by in (
        (alder, "Salt Water", okafor),
        (alder, "Look Up", okafor),
        (willow, "Dragons, Mostly Friendly", abara),
        (willow, "Ears Open", abara),
    ):
        curated = await CuratedList.get(school_id=place.row.id, title=title)
        await exchange.offer(curated.key, on=True, by=by)
    await exchange.take_over(await _look(outlook, alder, "Salt Water"), linked=False, by=abara)
    key = await exchange.take_over(await _look(outlook, willow, "Dragons, Mostly Friendly"), linked=True, by=okafor)
    await _change_dragons(willow, abara)
    curated = await CuratedList.get(school_id=alder.row.id, key=key)
    origin = await Origin.get(school_id=alder.row.id, curated_id=curated.id)
    row = {"id": origin.id, "school_id": origin.school_id, "curated_id": curated.id}  # type: ignore[attr-defined]
    row |= {"address": origin.address, "etag": origin.etag, "library": origin.library}
    await origin_changes.look_again_at(row, outlook, dates.now() + timedelta(minutes=1))


async def _look(outlook: Outlook, place: Place, title: str) -> Seen:
    curated = await CuratedList.get(school_id=place.row.id, title=title)
    return await look_at(f"{outlook.base_url.rstrip('/')}/{place.row.slug}/lists/{curated.slug}", outlook)


async def _change_dragons(willow: Place, abara: Reader) -> None:
    dragons = await CuratedList.get(school_id=willow.row.id, title="Dragons, Mostly Friendly")
    items = ListItem.filter(school_id=willow.row.id, curated_id=dragons.id).order_by("position")
    first = (await items.limit(1).values("key", "annotation"))[0]
    note = "Our third grade asks for this one every week. Begin here."
    seen = {first["key"]: print_of(first["annotation"])}
    await editing.annotate(dragons.key, {first["key"]: note}, seen=seen, by=abara)
    on_it = [number for (number,) in await items.values_list("resource_id")]
    other = await Resource.filter(school_id=willow.row.id).exclude(id__in=on_it).order_by("title_sort").first()
    if other is not None:
        await editing.add_item(dragons.key, other.key, annotation="New in our library.", by=abara)


async def keep_a_search(alder: Place) -> None:
    """Graphic novels, the newest first, of which one is pinned; and a template."""
    okafor = alder.staff["okafor"]
    found = await smart.look(alder.row.id, NOVELS)
    key = await smart.start_smart(
        NOVELS, found, title="New graphic novels", introduction="What came in last, refilled every night.", by=okafor
    )
    card = await queries.list_to_edit(okafor, key)
    first, second, *_ = await smart.explained(card, okafor.school.zone)
    await smart.pin(key, second["key"], on=True, by=okafor)
    await smart.leave_out(key, first["key"], by=okafor)
    source = await CuratedList.get(school_id=alder.row.id, title="Build It, Break It, Fix It")
    await copying.copy_list(source.slug, title="Read, then try", as_template=True, by=okafor)
