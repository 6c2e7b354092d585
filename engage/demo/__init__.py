"""A made-up district with something on every page; the books, shows and films in it are real."""

from collections.abc import Callable
from datetime import date, timedelta

from engage import dates
from engage.classes import actions as classes
from engage.classes.actions import Asked, Whom
from engage.classes.group_actions import make_group
from engage.classes.hand_ins import hand_in
from engage.classes.rules import AssignmentKind
from engage.database.tenancy import every_school
from engage.demo import (
    asking,
    evaluating,
    exchanging,
    library,
    outside,
    people,
    planning,
    privacy,
    programs,
    recognising,
    showing,
    taking_part,
)
from engage.demo.people import ALDER, PASSWORDS, STAFF, WILLOW, Class, Place
from engage.demo.shelves import shelves
from engage.errors import Refused
from engage.lists.models import CuratedList
from engage.people import actions as doors
from engage.people.models import Person, School, SchoolClass
from engage.people.queries import reader_at
from engage.people.rules import Reader, spelled
from engage.promotion import actions as promotion
from engage.promotion.models import Display
from engage.settings import Settings

# everybody may read it here: sessions of a demo are worth nothing
SECRET = "the secret of the demo, which is none and guards nothing"
# what was printed when it was built, below the address of that day
TOLD = "sign-ins.txt"
ROOM = "Room 12"
OPEN_MINUTES = 60


async def begin(settings: Settings) -> list[str]:
    """Build the district where nothing is yet, or go on with the one that was built here; returns lines to print.

    Raises Refused where a demo was begun and not built to its end.
    """
    told = settings.data_folder / TOLD
    with every_school("the demo looks whether it is there already"):
        there = await School.exists()
    if not there:
        lines = await build(settings)
        told.write_text("\n".join((settings.base_url, *lines)), encoding="utf-8")
        return lines
    if not told.exists():
        raise Refused(f"The demo in {told.parent} was not built to its end. Delete that folder, or name another.")
    before, *lines = told.read_text(encoding="utf-8").splitlines()
    await _open_the_door()
    return [line.replace(before, settings.base_url) for line in lines]


async def _open_the_door() -> None:
    """Let Maya's class sign in for an hour, as it could on the first day."""
    with every_school("the demo opens one of its classes again"):
        school = await School.get(slug=ALDER)
        room = await SchoolClass.get_or_none(school_id=school.id, name=ROOM, ended_on__isnull=True)
        teacher = await Person.get_or_none(login=next(login for login, *_, taught in STAFF if taught == ROOM))
        by = await reader_at(teacher.id, ALDER) if teacher is not None else None
        # whoever played with the demo may have ended the class or let its teacher go
        if room is not None and by is not None:
            await doors.open_door(room, OPEN_MINUTES, by=by)


async def build(settings: Settings) -> list[str]:
    """Build the district in an empty database that is open; returns lines to print: where to go and how to sign in."""
    with every_school("the demo makes both of its schools"):
        places = await people.settle_people()
        pictures = await people.give_pictures(places, settings.secret_key)
        codes = await people.set_up_second_steps(settings.secret_key)
        alder, willow = places[ALDER], places[WILLOW]
        await _alder_creek(alder, settings.secret_key)
        await _willow_bend(willow, settings.secret_key)
        await exchanging.exchange_lists(alder, willow, settings.base_url)
        await exchanging.keep_a_search(alder)
        await people.lay_roster(alder, settings.secret_key)
        await outside.send_out(alder, settings.secret_key)
        await _open_the_door()
        room = alder.classes[ROOM]
    return sign_ins(settings, room, pictures[room.students[0].id], codes)


async def _alder_creek(place: Place, secret_key: str) -> None:
    okafor = place.staff["okafor"]
    await library.subscribe(place, okafor)
    have = await library.fill_catalogue(place)
    await library.note_import(place, have)
    await library.look_at_links(place)
    await asking.ask_for_titles(place, have)
    await asking.say_how_it_was_chosen(place, have)
    lists = await library.make_lists(place, have)
    await library.start_draft(place, have)
    look_up = lists["Look Up"]
    shown = await promotion.put_on_show(
        what=f"list {look_up.key}",
        kicker="List of the week",
        starts=place.today - timedelta(days=4),
        ends=place.today + timedelta(days=10),
        by=okafor,
    )
    await _show_salt_water_next(place, lists["Salt Water"], okafor)
    running = [
        await programs.lantern_nights(place, okafor, look_up.key),
        await programs.ten_good_things(place, okafor),
        await programs.out_and_about(place, okafor),
    ]
    made = shelves(ALDER)
    loved = [*made["Look Up"].titles, *made["Laugh until You Hiccup"].titles]
    await taking_part.take_part(place, have, loved, running)
    await _assign(place, lists)
    await planning.plan_together(place, lists)
    maya = place.classes["Room 12"].students[0]
    shelf = ("The Little Prince", "Song for a Whale", "New Kid")
    await taking_part.save_some(place, maya, have, shelf, library.moment(place, 3))
    await showing.show_and_tell(place, lists, running, have, okafor)
    await taking_part.look_around(place, lists, have, running, shown.id)
    await recognising.go_on(place, lists, running, have)
    await privacy.ask_for_records(place)
    await evaluating.evaluate(place, okafor, lists, secret_key)


async def _willow_bend(place: Place, secret_key: str) -> None:
    abara = place.staff["abara"]
    have = await library.fill_catalogue(place)
    lists = await library.make_lists(place, have)
    running = [await programs.ten_good_things(place, abara)]
    await taking_part.take_part(place, have, shelves(WILLOW)["First Chapters"].titles, running)
    room = place.classes["Room 6"]
    await _ask(room, lists["Brave on Purpose"], AssignmentKind.ANY, 2, "Tell us who was brave.", 14, 8)
    await taking_part.look_around(place, lists, have, running, None)
    await evaluating.evaluate(place, abara, lists, secret_key)


async def _show_salt_water_next(place: Place, curated: CuratedList, by: Reader) -> Display:
    starts = place.today + timedelta(days=11)
    return await promotion.put_on_show(
        what=f"list {curated.key}", kicker="List of the week", starts=starts, ends=starts + timedelta(days=6), by=by
    )


async def _assign(place: Place, lists: dict[str, CuratedList]) -> None:
    room = place.classes["Room 12"]
    any_of, everything = AssignmentKind.ANY, AssignmentKind.ALL
    await _ask(room, lists["Look Up"], any_of, 3, "Tell us one thing you learned.", 35, 9)
    await _ask(room, lists["Laugh until You Hiccup"], any_of, 2, "One of them out loud, please.", 40, 16)
    await _ask(room, lists["Poems to Say Out Loud"], any_of, 1, "For the poetry afternoon.", 60, None)
    await _ask(place.classes["Room 9"], lists["Things with Wings"], any_of, 2, "Draw the one you liked.", 15, 6)
    await _ask(place.classes["Room 15"], lists["Clues and Secret Codes"], any_of, 1, "Keep notes.", 18, 12)
    await _ask(place.classes["Room 15"], lists["Poems to Say Out Loud"], everything, 0, "One a week.", 30, 60)
    sky = await make_group("Sky readers", [student.key for student in room.students[:6]], by=room.teacher)
    wings, talk = lists["Things with Wings"].key, "We talk about it by the window."
    week = Asked(any_of, 1, (), talk, place.today - timedelta(days=6), place.today + timedelta(days=3))
    (asked,) = await classes.assign(wings, Whom(groups=(sky,)), week, by=room.teacher)
    maya = await reader_at(room.students[0].id, place.row.slug)
    if maya is not None:
        await hand_in(asked.key, "The bird book from my grandmother", "", by=maya)
    proposal = Whom((place.classes["Room 9"].row.key,), propose=True)
    later = Asked(any_of, 1, (), "For the week of the sea.", None, place.today + timedelta(days=20))
    await classes.assign(lists["Salt Water"].key, proposal, later, by=place.staff["okafor"])


async def _ask(
    room: Class, curated: CuratedList, kind: AssignmentKind, number: int, why: str, since: int, left: int | None
) -> None:
    today: date = dates.today(room.teacher.school.zone)
    due = None if left is None else today + timedelta(days=left)
    shows_from = today - timedelta(days=since)
    asked = Asked(kind, number, (), why, shows_from, due)
    await classes.assign(curated.key, Whom((room.row.key,)), asked, by=room.teacher)


def sign_ins(
    settings: Settings, room: Class, pictures: tuple[str, ...], codes: dict[str, tuple[str, list[str]]]
) -> list[str]:
    """What to print. codes: by login, for those who show a second step: the key for an app, and codes instead of it."""
    shown: Callable[[str], str] = lambda name: name.replace("flower-", "")  # noqa: E731
    student = room.students[0]
    home = settings.base_url.rstrip("/")
    wide = max(len(name) for _, name, *_ in STAFF)
    staff = [
        f"  {role.value.replace('_', ' '):<14} {name:<{wide}}  {login:<10} {PASSWORDS[role]}"
        for login, name, role, _, _ in STAFF
    ]
    second = [
        line
        for login, (secret, once) in codes.items()
        for line in (
            f"  {login} also shows a code. Once each: {'  '.join(once)}",
            f"  or of an authenticator app with the key {secret}",
        )
    ]
    return [
        f"Alder Creek School: {home}/{ALDER}/",
        f"Willow Bend School: {home}/{WILLOW}/",
        f"Staff sign in at {home}/sign-in",
        *staff,
        *second,
        f"Students of {room.row.name} sign in at {home}/sign-in/class for the next hour",
        f"  class code {spelled(room.row.code)}, tile {student.name} {student.letter},"
        f" pictures {', '.join(map(shown, pictures))}",
    ]
