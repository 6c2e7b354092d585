"""A certificate that staff printed is a fact: it is never clawed back (rule 16)."""

from collections.abc import Collection

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.rules import Reader
from engage.programs.models import Badge, Program
from engage.programs.recognition_models import Delivery
from engage.programs.recognition_queries import at_the_desk, deliveries_of, earned_in, participants
from engage.programs.recognition_rules import CERTIFICATES_IN_FILE, DeliveryKind


@one_transaction
async def note_printed(slug: str, badge: str, people: Collection[str], by: Reader) -> int:
    """Note whose certificates were printed; returns how many had none before.

    badge: the key of the badge that they are for, "" for the whole program. people: keys of students whom the reader
    gives to. Raises NotFound, and Refused where somebody has not earned it, or not any more: then nothing is noted.
    """
    program, sight = await at_the_desk(by, slug)
    # two who print at once would note it twice
    await Program.filter(school_id=by.school.id, id=program["id"]).select_for_update().first()
    badges = Badge.filter(school_id=by.school.id, program_id=program["id"], key=badge)
    rows = await badges.values_list("id", "title") if badge else [(None, program["title"])]
    if not rows:
        raise NotFound(badge)
    badge_id, title = rows[0]
    check_batch(len(people))
    seen = {each["key"]: each for each in await participants(by, program["id"], sight)}
    if unknown := set(people) - seen.keys():
        raise NotFound(min(unknown))
    ids = [seen[key]["id"] for key in people]
    earned = (await earned_in(by, program["id"], ids)).of(badge_id)
    if lost := [seen[key]["name"] for key in people if seen[key]["id"] not in earned]:
        raise Refused(f"{lost[0]} has not earned it yet, or not any more.", about="people")
    had = await deliveries_of(by, program["id"], [DeliveryKind.CERTIFICATE], ids)
    known = {row["person_id"] for row in had if row["badge_id"] == badge_id}
    new = [number for number in ids if number not in known]
    of = {"school_id": by.school.id, "program_id": program["id"], "badge_id": badge_id, "by_id": by.id}
    what = {"kind": DeliveryKind.CERTIFICATE.value, "what": title, "on": dates.today(by.school.zone)}
    await Delivery.bulk_create([Delivery(**of, **what, person_id=number, at=dates.now()) for number in new])
    for number in new:
        await audit.note("printed a certificate", by=by, about_id=number, subject=program["key"], detail=str(title))
    if new:
        args = {"school_id": by.school.id, "program_id": program["id"]}
        await enqueue("recount", args, key=f"recount-{program['id']}")
    return len(new)


def check_batch(number: int) -> None:
    """Refuse an empty batch, and one that is too large for a file. Raises Refused."""
    if not number:
        raise Refused("Choose whose certificates to print.", about="people")
    if number > CERTIFICATES_IN_FILE:
        raise Refused(f"Up to {CERTIFICATES_IN_FILE} go into a file. Print the others after them.", about="people")
