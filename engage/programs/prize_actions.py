"""Prizes are set up, handed over and, where that was a mistake, taken back into the stock."""

from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement.diary import Who
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.once import once
from engage.people.rules import Reader
from engage.programs.models import Badge, FormerRules
from engage.programs.queries import program_to_run
from engage.programs.recognition_models import Delivery, Prize
from engage.programs.recognition_queries import at_the_desk, has_earned, one_prize, participant, prize_of
from engage.programs.recognition_rules import HANDED, MOST_PRIZES, DeliveryKind, check_left, check_stock
from engage.programs.settling import hold, settle


@one_transaction
async def put_prize(
    program: str,
    prize: str,
    by: Reader,
    *,
    title: str,
    description: str,
    badge: str,
    stock: int | None,
    form_key: str = "",
) -> None:
    """Add a prize, or change the one of a key. badge: the key of what entitles to it, "" for the completion.

    Raises NotFound, Refused.
    """
    row = await program_to_run(by, program)
    of = {"school_id": by.school.id, "program_id": row["id"]}
    title = " ".join(title.split())
    if not title:
        raise Refused("Give the prize a name.", about="title")
    badges = await Badge.filter(**of, key=badge).values_list("id") if badge else [(None,)]
    if not badges:
        raise Refused("Choose a badge of this program.", about="badge")
    values: dict[str, Any] = {"title": title, "description": description, "stock": stock, "badge_id": badges[0][0]}

    async def put() -> str:
        if not prize:
            number = await Prize.filter(**of).count()
            if number >= MOST_PRIZES:
                raise Refused(f"A program has up to {MOST_PRIZES} prizes.")
            check_stock(stock, 0)
            return (await Prize.create(**of, position=number, **values)).key
        # whoever hands one over holds the same row
        await Prize.filter(**of, key=prize).select_for_update().first()
        now = await prize_of(by, row["id"], prize)
        check_stock(stock, now["handed"])
        if now["drawn"]:
            values["badge_id"] = None
        await Prize.filter(**of, key=prize).update(version=now["version"] + 1, **values)
        return prize

    await once(by, form_key, {"in": program, "key": prize, **values}, put)


@one_transaction
async def drop_prize(program: str, prize: str, by: Reader) -> str:
    """Take a prize away; returns its title. Raises NotFound, and Refused once one was handed over or it is drawn."""
    row = await program_to_run(by, program)
    of = {"school_id": by.school.id, "program_id": row["id"]}
    await Prize.filter(**of, key=prize).select_for_update().first()
    now = await prize_of(by, row["id"], prize)
    if now["handed"]:
        raise Refused("Somebody has this prize already, so it stays.")
    if now["drawn"]:
        raise Refused("This prize belongs to a drawing, so it stays.")
    await Prize.filter(**of, key=prize).delete()
    return str(now["title"])


@one_transaction
async def hand_over(slug: str, prize: str, person: str, by: Reader) -> tuple[str, str, str]:
    """Note that a student was given a prize; returns the student's name, the prize, and the key of the hand-out.

    Done twice it is one hand-out. Raises NotFound, and Refused where none is left or it was not earned.
    """
    program, sight = await at_the_desk(by, slug)
    student = await participant(by, program["id"], sight, person)
    await hold(by, student["id"])
    of: dict[str, Any] = {"school_id": by.school.id, "program_id": program["id"]}
    now = await one_prize(by, program["id"], prize)
    given = Delivery.filter(**of, prize_id=now["id"], undone_at__isnull=True)
    if known := await given.filter(person_id=student["id"]).values_list("key", flat=True):
        return student["name"], now["title"], str(known[0])
    if not await has_earned(by, program["id"], student["id"], now):
        raise Refused(f"{student['name']} has not earned {now['title']} yet, or not any more.")
    # from here on one after the other, so that no two are given the last one; as little as can be is done meanwhile
    row = await Prize.filter(**of, id=now["id"]).select_for_update().first()
    check_left(now["title"], row.stock if row else 0, await given.count())
    made = await Delivery.create(
        **of,
        person_id=student["id"],
        badge_id=now["badge_id"],
        prize_id=now["id"],
        kind=(DeliveryKind.DRAWN if now["drawn"] else DeliveryKind.PRIZE).value,
        what=now["title"],
        on=dates.today(by.school.zone),
        at=dates.now(),
        by_id=by.id,
    )
    await audit.note("handed over a prize", by=by, about_id=student["id"], subject=program["key"], detail=now["title"])
    # what was earned stays earned; only what earlier rules gave is held for another reason from now on
    if await FormerRules.filter(**of).exists():
        await settle(by, Who(student["id"], student["grade"]), {program["id"]: student["joined_on"]})
    return student["name"], now["title"], made.key


@one_transaction
async def undo_delivery(slug: str, delivery: str, by: Reader) -> tuple[str, str]:
    """Take back a note that something was handed over; returns the student's name and what it was. Raises NotFound.

    A ticket that was drawn cannot be taken back: that is what a drawing is for.
    """
    program, sight = await at_the_desk(by, slug)
    of: dict[str, Any] = {"school_id": by.school.id, "program_id": program["id"]}
    kinds = [kind.value for kind in (*HANDED, DeliveryKind.CERTIFICATE)]
    noted = Delivery.filter(**of, key=delivery, kind__in=kinds)
    rows = await noted.values("id", "what", "kind", "person_id", "undone_at", key="person__key")
    if not rows:
        raise NotFound(delivery)
    row = rows[0]
    student = await participant(by, program["id"], sight, row["key"])
    await hold(by, student["id"])
    if await noted.filter(undone_at__isnull=True).update(undone_at=dates.now()):
        act = "took back a hand-out" if row["kind"] in HANDED else "took back a printed certificate"
        await audit.note(act, by=by, about_id=student["id"], subject=program["key"], detail=row["what"])
        await settle(by, Who(student["id"], student["grade"]), {program["id"]: student["joined_on"]})
    return student["name"], str(row["what"])
