"""Lists follow when two resources become one: each list has it once, with what was written of both."""

from engage.lists.models import CuratedList, ListItem
from engage.lists.order import Place
from engage.lists.revisions import Taken, keep, look_again, put_in_order
from engage.lists.rules import NOTE
from engage.lists.smart_models import Exclusion
from engage.lists.standards_models import Alignment
from engage.lists.together_models import ListComment, Suggestion
from engage.resources.doubles import Merge


async def lists_follow(merge: Merge) -> None:
    """Put the one that stays in the place of the one that goes, on every list; each list keeps a revision of it.

    What it serves, what was suggested and what was said of it are of the one that stays from now on.
    """
    of = {"school_id": merge.school_id}
    await _exclusions_follow(merge)
    await _alignments_follow(merge)
    await Suggestion.filter(**of, resource_id=merge.gone).update(resource_id=merge.stays)
    on = await ListItem.filter(**of, resource_id=merge.gone).order_by("curated_id").values_list("curated_id", flat=True)
    for number in on:
        taken = Taken(await CuratedList.filter(**of, id=number).select_for_update().get())
        await look_again(taken)
        going = next(item for item in taken.items if item["resource_id"] == merge.gone)
        staying = next((item for item in taken.items if item["resource_id"] == merge.stays), None)
        if staying is None:
            await ListItem.filter(**of, id=going["id"]).update(resource_id=merge.stays)
        else:
            notes = list(dict.fromkeys(filter(None, [staying["annotation"], going["annotation"]])))
            both = " ".join(notes)
            await ListItem.filter(**of, id=staying["id"]).update(
                annotation=both if len(both) <= NOTE else notes[0],
                start_here=staying["start_here"] or going["start_here"],
                pinned=staying["pinned"] or going["pinned"],
                found=staying["found"] and going["found"],
                guid=staying["guid"] or going["guid"],
            )
            await ListComment.filter(**of, item_id=going["id"]).update(item_id=staying["id"])
            await ListItem.filter(**of, id=going["id"]).delete()
            places = [Place(place.item, place.part) for place in taken.places if place.item != going["id"]]
            await look_again(taken)
            await put_in_order(taken, places)
        await look_again(taken)
        await keep(taken, merge.by, "merged", merge.title)


async def _exclusions_follow(merge: Merge) -> None:
    """What a search may not put on a list stays kept out under its new name."""
    of = {"school_id": merge.school_id}
    kept_out = Exclusion.filter(**of, resource_id=merge.stays)
    twice = [number for (number,) in await kept_out.values_list("curated_id")]
    await Exclusion.filter(**of, resource_id=merge.gone, curated_id__in=twice).delete()
    await Exclusion.filter(**of, resource_id=merge.gone).update(resource_id=merge.stays)


async def _alignments_follow(merge: Merge) -> None:
    """What one of them serves the one that stays serves, each standard once."""
    of = {"school_id": merge.school_id}
    served = Alignment.filter(**of, resource_id=merge.stays)
    twice = [number for (number,) in await served.values_list("standard_id")]
    await Alignment.filter(**of, resource_id=merge.gone, standard_id__in=twice).delete()
    await Alignment.filter(**of, resource_id=merge.gone).update(resource_id=merge.stays)
