"""A drawing is made, its list frozen with a seed that nobody has seen, then it is drawn; again only as a new act."""

from collections.abc import Mapping
from secrets import SystemRandom, token_hex
from typing import Any

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.people import audit
from engage.people.once import once
from engage.people.rules import Reader
from engage.programs.drawing_queries import drawing_to_run, eligible_for, lots_of
from engage.programs.drawings import MOST_TICKETS, SEED_DIGITS, Ticket, check_winners, draw, hash_of, note_of
from engage.programs.models import Badge
from engage.programs.queries import program_to_run
from engage.programs.recognition_models import Delivery, Drawing, Lot, Prize
from engage.programs.recognition_queries import prizes_of
from engage.programs.recognition_rules import DeliveryKind, DrawingRule

LEAST_REASON = 5


@one_transaction
async def make_drawing(
    program: str,
    by: Reader,
    *,
    title: str,
    rule: DrawingRule,
    badge: str = "",
    winners: int = 1,
    prize: str = "",
    form_key: str = "",
) -> str:
    """A drawing that is not frozen yet; returns its key. prize: the name of what is won, in as many pieces.

    Raises NotFound, Refused.
    """
    row = await program_to_run(by, program)
    of = {"school_id": by.school.id, "program_id": row["id"]}
    title, prize = " ".join(title.split()), " ".join(prize.split())
    if not title:
        raise Refused("Give the drawing a name.", about="title")
    check_winners(winners)
    badges: list[Any] = [(None,)]
    if rule is DrawingRule.BADGE:
        badges = await Badge.filter(**of, key=badge).values_list("id")
        if not badges:
            raise Refused("Choose a badge of this program.", about="badge")
    if rule is DrawingRule.TICKETS and not row["tickets"]:
        raise Refused("This program gives no tickets. Say in its settings what a ticket is for.", about="rule")

    async def make() -> str:
        won = None
        if prize:
            place = await Prize.filter(**of).count()
            won = (await Prize.create(**of, position=place, title=prize, stock=winners)).id
        values = {"title": title, "rule": rule.value, "badge_id": badges[0][0], "prize_id": won, "winners": winners}
        return (await Drawing.create(**of, **values, made_at=dates.now(), by_id=by.id)).key

    content = {"in": program, "title": title, "rule": rule.value, "badge": badge, "winners": winners, "prize": prize}
    return await once(by, form_key, content, make)


@one_transaction
async def drop_drawing(program: str, drawing: str, by: Reader) -> str:
    """Take away a drawing that is not frozen yet; returns its title. Raises NotFound, Refused."""
    _, now = await _held(program, drawing, by)
    if now["frozen_at"] is not None:
        raise Refused("The list of this drawing is frozen, so it stays.")
    await Drawing.filter(school_id=by.school.id, id=now["id"]).delete()
    if now["prize_id"] is not None:
        await Prize.filter(school_id=by.school.id, id=now["prize_id"]).delete()
    return str(now["title"])


@one_transaction
async def freeze_drawing(program: str, drawing: str, by: Reader) -> int:
    """Freeze who is in it and with how many tickets, and show the hash of the seed; returns how many are in it.

    Frozen once, it stays as it is. Raises NotFound, Refused where nobody could win.
    """
    row, now = await _held(program, drawing, by)
    if now["frozen_at"] is not None:
        return await Lot.filter(school_id=by.school.id, drawing_id=now["id"]).count()
    tickets = await eligible_for(by, now)
    if not tickets:
        raise Refused("Nobody is in it yet, so there is nothing to draw.")
    check_winners(now["winners"], await _left(by, now))
    # by chance, so that a number tells nobody who it is
    people = sorted(tickets)
    SystemRandom().shuffle(people)
    await _freeze(by, now["id"], {person: (place, tickets[person]) for place, person in enumerate(people, 1)})
    await audit.note("froze a drawing", by=by, subject=now["key"], detail=f"{now['title']} in {row['title']}")
    return len(people)


@one_transaction
async def draw_drawing(program: str, drawing: str, by: Reader) -> int:
    """Draw a frozen drawing and show the seed; returns how many won. Drawn once, it stays as it is.

    Raises NotFound, Refused where it is not frozen.
    """
    row, now = await _held(program, drawing, by)
    lots = await lots_of(by, now["id"])
    if now["drawn_at"] is not None:
        return sum(lot["won"] is not None for lot in lots)
    if now["frozen_at"] is None:
        raise Refused("Freeze the list first, so that everybody can see who is in it.")
    won = draw([Ticket(lot["number"], lot["weight"]) for lot in lots], now["winners"], now["seed"])
    who = {lot["number"]: lot["person_id"] for lot in lots}
    at = dates.now()
    for place, number in enumerate(won, 1):
        await Lot.filter(school_id=by.school.id, drawing_id=now["id"], number=number).update(won=place)
    note = note_of(len(lots), now["winners"])
    await Drawing.filter(school_id=by.school.id, id=now["id"]).update(drawn_at=at, note=note)
    await _keep_tickets(by, row, now, [who[number] for number in won])
    await audit.note("drew a drawing", by=by, subject=now["key"], detail=f"{now['title']} in {row['title']}")
    return len(won)


@one_transaction
async def draw_again(program: str, drawing: str, by: Reader, *, reason: str, winners: int, form_key: str = "") -> str:
    """A new drawing among those of a drawn one who have not won yet, frozen at once; returns its key.

    What was won stays won. Raises NotFound, Refused without a reason, or where nobody is left.
    """
    row, now = await _held(program, drawing, by)
    reason = " ".join(reason.split())
    if len(reason) < LEAST_REASON:
        raise Refused("Say why it is drawn again. Everybody who sees the drawing can read it.", about="reason")
    if now["drawn_at"] is None:
        raise Refused("It has not been drawn yet.")
    won = await _winners_of_all(by, now)
    left = [lot for lot in await lots_of(by, now["id"]) if lot["person_id"] not in won]
    if not left:
        raise Refused("Everybody in it has won already.")

    async def make() -> str:
        check_winners(winners, await _left(by, now))
        columns = {name: now[name] for name in ("title", "rule", "badge_id", "prize_id", "program_id")}
        values = {"again_id": now["id"], "reason": reason, "winners": winners, "made_at": dates.now(), "by_id": by.id}
        made = await Drawing.create(school_id=by.school.id, **columns, **values)
        await _freeze(by, made.id, {lot["person_id"]: (lot["number"], lot["weight"]) for lot in left})
        await audit.note("drew again", by=by, subject=made.key, detail=f"{now['title']} in {row['title']}: {reason}")
        return made.key

    return await once(by, form_key, {"in": program, "again": drawing, "reason": reason, "winners": winners}, make)


async def _held(program: str, drawing: str, by: Reader) -> tuple[dict[str, Any], dict[str, Any]]:
    """A program that may be changed and its drawing, kept from everybody else until the unit of work ends."""
    await Drawing.filter(school_id=by.school.id, key=drawing).select_for_update().first()
    return await drawing_to_run(by, program, drawing)


async def _left(by: Reader, drawing: Mapping[str, Any]) -> int | None:
    """How many of a drawing's prize are left for new winners; None where it has none, or without end.

    Who won one in another drawing and has not fetched it yet has one that lies there; who did so in this one, or in
    one that it repeats, may not come, which is why it is drawn again, and the hand-out never gives more than there are.
    The prize is held until the unit of work ends.
    """
    number = drawing["prize_id"]
    if number is None:
        return None
    of = {"school_id": by.school.id}
    await Prize.filter(**of, id=number).select_for_update().first()
    left = next((row["left"] for row in await prizes_of(by, drawing["program_id"]) if row["id"] == number), None)
    if left is None:
        return None
    fetched = await Delivery.filter(**of, prize_id=number, undone_at=None).values_list("person_id", flat=True)
    chain = await _chain(by, drawing)
    elsewhere = Lot.filter(**of, drawing__prize_id=number, won__isnull=False).exclude(drawing_id__in=chain)
    won = elsewhere.exclude(person_id__in=list(fetched))
    # and a list that is frozen and not drawn yet will have its winners
    frozen = Drawing.filter(**of, prize_id=number, frozen_at__isnull=False, drawn_at=None).exclude(id=drawing["id"])
    promised = sum(int(str(winners)) for winners in await frozen.values_list("winners", flat=True))
    return max(0, int(left) - await won.count() - promised)


async def _chain(by: Reader, drawing: Mapping[str, Any]) -> list[int]:
    """A drawing, those that it repeats, and those that repeat it or them."""
    rows = await Drawing.filter(school_id=by.school.id, program_id=drawing["program_id"]).values_list("id", "again_id")
    chain = {drawing["id"]}
    while more := {one for pair in rows if chain.intersection(pair) for one in pair if one is not None} - chain:
        chain |= more
    return sorted(chain)


async def _winners_of_all(by: Reader, drawing: Mapping[str, Any]) -> set[int]:
    """Who won in a drawing or in one of its chain; nobody wins twice."""
    lots = Lot.filter(school_id=by.school.id, drawing_id__in=await _chain(by, drawing), won__isnull=False)
    return set(await lots.values_list("person_id", flat=True))  # type: ignore[arg-type]


async def _freeze(by: Reader, drawing_id: int, places: Mapping[int, tuple[int, int]]) -> None:
    """Write the list and the seed. places: number and tickets by person."""
    of = {"school_id": by.school.id, "drawing_id": drawing_id}
    await Lot.bulk_create(
        [
            Lot(**of, person_id=person, number=number, weight=min(tickets, MOST_TICKETS))
            for person, (number, tickets) in places.items()
        ]
    )
    seed = token_hex(SEED_DIGITS // 2)
    values = {"seed": seed, "seed_hash": hash_of(seed), "frozen_at": dates.now()}
    await Drawing.filter(school_id=by.school.id, id=drawing_id).update(**values)


async def _keep_tickets(by: Reader, program: Mapping[str, Any], now: Mapping[str, Any], people: list[int]) -> None:
    """A ticket that was drawn for a badge keeps the badge (rule 16)."""
    if now["badge_id"] is None:
        return
    columns = {"kind": DeliveryKind.TICKET.value, "what": now["title"], "on": dates.today(by.school.zone)}
    of = {"school_id": by.school.id, "program_id": program["id"], "badge_id": now["badge_id"]}
    await Delivery.bulk_create(
        [Delivery(**of, **columns, person_id=person, at=dates.now(), by_id=by.id) for person in people]
    )
    args = {"school_id": by.school.id, "program_id": program["id"]}
    await enqueue("recount", args, key=f"recount-{program['id']}")
