"""Builds the things that tests speak about, small and with words of their own."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from engage import dates
from engage.database.fields import new_key
from engage.database.transaction import one_transaction
from engage.engagement.diary import record
from engage.engagement.rules import Kind, Mode
from engage.lists.actions import start_list
from engage.lists.models import CuratedList, ListItem, Section
from engage.lists.rules import State
from engage.people.models import ClassMember, District, Membership, Person, School, SchoolClass
from engage.people.queries import reader_at
from engage.people.rules import Reader, Role
from engage.programs.models import Badge, Challenge, Enrolment, LogEntry, Program
from engage.resources.incoming_models import InboxEntry, Source
from engage.resources.keeping import keep_resource
from engage.resources.models import Resource
from engage.resources.record import Address, CatalogueRecord, Maker, Place
from engage.resources.sorting import harvest_of
from feeds import Entry, Feed

YEAR = "2026-27"
TERM_STARTS = date(2020, 8, 1)


async def district(name: str = "Alder Valley") -> District:
    """A district without schools."""
    return await District.create(name=name)


async def school(slug: str, name: str, district: District, zone: str = "America/New_York") -> School:
    """A school without people."""
    return await School.create(slug=slug, name=name, district=district, zone=zone)


async def person(name: str, role: Role, school: School, grade: int | None = None, login: str | None = None) -> Person:
    """Somebody with one role at a school."""
    somebody = await Person.create(
        name=name, school_id=school.id, district_id=school.district_id, grade=grade, avatar="bird", login=login
    )
    await membership(somebody, role, school)
    return somebody


async def membership(person: Person, role: Role, school: School) -> None:
    """One more role."""
    await Membership.create(person_id=person.id, school_id=school.id, role=role)


async def school_class(school: School, name: str = "Room 12", grade: int = 3, code: str = "") -> SchoolClass:
    """A school class without members. code: what students type; made from the name if not given."""
    made = code or "".join(letter for letter in f"{school.slug}{name}".upper() if letter.isalnum())[:12]
    return await SchoolClass.create(school_id=school.id, name=name, grade=grade, year=YEAR, code=made)


async def in_class(person: Person, school_class: SchoolClass, role: Role) -> None:
    """A student or teacher of a school class, for as long as the tests think."""
    await ClassMember.create(
        school_id=school_class.school_id,
        school_class_id=school_class.id,
        person_id=person.id,
        role=role,
        since=TERM_STARTS,
    )


async def resource(
    title: str = "Owl Moon",
    creator: str = "Jane Yolen",
    mode: Mode = Mode.READING,
    call_number: str = "",
    url: str = "",
    school: str = "lincoln",
    **more: Any,
) -> Resource:
    """A resource in the catalogue of a school, with a holding where it has a call number and a link where it has a url.

    more: other fields of engage.resources.record.CatalogueRecord, and popularity.
    """
    popularity = more.pop("popularity", 0)
    usual = {
        "title": title,
        "makers": (Maker(creator),) if creator else (),
        "mode": mode,
        "places": (Place(call_number, "Library"),) if call_number else (),
        "addresses": (Address(url),) if url else (),
    }
    known = CatalogueRecord(**{**usual, **more})
    made = await keep_resource((await School.get(slug=school)).id, known)
    if popularity:
        made.popularity = popularity
        await made.save(update_fields=["popularity"])
    return made


async def curated_list(
    by: Reader,
    title: str = "Sea stories",
    items: int | Sequence[Resource] = 0,
    *,
    published: bool = False,
    parts: Sequence[str] = (),
    notes: bool = True,
    **more: Any,
) -> CuratedList:
    """A list of somebody, a draft unless `published` (to the school, or to `visibility`).

    items: resources, or how many to make. parts: titles of sections, which share the items in order, as evenly as can
    be. more: other fields of the list.
    """
    curated = await start_list(title=title, introduction=f"What {title} is about.", by=by)
    of_list = {"school_id": curated.school_id, "curated_id": curated.id}
    things = list(items) if not isinstance(items, int) else await resources(items, by.school.slug)
    headings = [await Section.create(**of_list, title=name, position=n) for n, name in enumerate(parts, 1)]
    rows = [
        ListItem(
            **of_list,
            resource_id=thing.id,
            position=place + 1,
            section_id=headings[place * len(headings) // len(things)].id if headings else None,
            annotation=f"Why {thing.title} is here." if notes else "",
        )
        for place, thing in enumerate(things)
    ]
    await ListItem.bulk_create(rows)
    modes = Counter(str(thing.mode) for thing in things)
    curated.update_from_dict({"items_count": len(things), **{str(mode): modes[str(mode)] for mode in Mode}})
    if published:
        curated.state, curated.published_at = State.PUBLISHED, dates.now()
    await curated.update_from_dict(more).save()
    return curated


async def resources(how_many: int, school: str = "lincoln") -> list[Resource]:
    """Many resources of all modes, without holdings or links, made at once."""
    lincoln = await School.get(slug=school)
    rows = [
        Resource(school_id=lincoln.id, title=f"Book {n} of the sea", creators=f"Maker {n}", mode=list(Mode)[n % 3])
        for n in range(1, how_many + 1)
    ]
    await Resource.bulk_create(rows)
    return await Resource.filter(school_id=lincoln.id, key__in=[row.key for row in rows]).order_by("id")


async def program(
    by: Reader,
    title: str = "Lantern Nights",
    challenges: Sequence[dict[str, Any]] = ({"unit": "minutes", "goal": 60},),
    badges: Sequence[dict[str, Any]] = (),
    **more: Any,
) -> Program:
    """A published program that runs from 20 days ago for 40 days.

    challenges, badges: columns of their rows; `curated` makes a list challenge, and a badge's title is its rule's name.
    more: other columns of the program.
    """
    today = dates.today(by.school.zone)
    run = {"starts": today - timedelta(days=20), "ends": today + timedelta(days=20)}
    of_school = {"school_id": by.school.id}
    made = await Program.create(
        **of_school,
        **run
        | {"slug": title.lower().replace(" ", "-"), "title": title, "by_id": by.id, "state": "published"}
        | {"introduction": f"What {title} is about.", "published_at": dates.now()}
        | more,
    )
    for place, columns in enumerate(challenges):
        curated = columns.get("curated")
        kind = {"kind": "list", "unit": "titles"} if curated else {"kind": "amount"}
        named = {"title": f"{columns['goal']} {columns.get('unit', 'titles')}", "position": place}
        await Challenge.create(**of_school, program_id=made.id, **named | kind | columns)
    for place, columns in enumerate(badges):
        await Badge.create(**of_school, program_id=made.id, position=place, **columns)
    return made


async def enrolment(program: Program, person: Reader, joined_on: date | None = None) -> Enrolment:
    """Somebody's part in a program, from its first day if not said otherwise."""
    return await Enrolment.create(
        school_id=program.school_id,
        program_id=program.id,
        person_id=person.id,
        joined_on=joined_on or program.starts,
        joined_at=dates.now(),
    )


async def student(name: str, school: str = "lincoln", grade: int = 3) -> Reader:
    """One more student, in no class, as the Reader of the school."""
    made = await person(name, Role.STUDENT, await School.get(slug=school), grade=grade)
    reader = await reader_at(made.id, school)
    assert reader is not None
    return reader


async def facts(person: Reader, entries: Sequence[tuple[int, int]], entered_back: int = 0, **more: Any) -> None:
    """Log entries as they stand in the table, without what follows from them: days back, minutes.

    entered_back: how many days ago they were written.
    """
    today = dates.today(person.school.zone)
    await LogEntry.bulk_create(
        [
            LogEntry(
                school_id=person.school.id,
                person_id=person.id,
                on=today - timedelta(days=back),
                zone=person.school.zone,
                entered_at=dates.now() - timedelta(days=entered_back),
                mode=Mode.READING,
                minutes=minutes,
                form_key=new_key(),
                **more,
            )
            for back, minutes in entries
        ]
    )


async def source(title: str = "Brains On!", school: str = "lincoln", **more: Any) -> Source:
    """A source that is not due for a year. more: other columns."""
    url = f"https://{sha256(title.encode()).hexdigest()[:12]}.example/feed"
    columns = {"url": url, "url_hash": sha256(url.encode()).hexdigest(), "title": title}
    lincoln = await School.get(slug=school)
    return await Source.create(
        **{"school_id": lincoln.id, "next_visit_at": dates.now() + timedelta(days=365), **columns, **more}
    )


async def inbox_entry(of: Source, title: str = "How Do Bats See in the Dark?", **more: Any) -> InboxEntry:
    """An entry that waits in the inbox, as a visit would have kept it. more: other fields of feeds.Entry."""
    url = f"https://example.com/{sha256(title.encode()).hexdigest()[:12]}"
    entry = Entry(**{"guid": url, "title": title, "url": url, "published_at": dates.now(), **more})
    (found,) = harvest_of(Feed(title=of.title, entries=(entry,)), dates.now(), source=of.key)
    return await InboxEntry.create(school_id=of.school_id, source_id=of.id, **found.columns, seen_at=dates.now())


def rss(*items: str, title: str = "Tales", more: str = "") -> bytes:
    """A feed of these <item> elements. more: what else its channel says."""
    return f'<rss version="2.0"><channel><title>{title}</title>{more}{"".join(items)}</channel></rss>'.encode()


PAST_YEAR = dates.Period(date(2024, 8, 1), date(2025, 7, 31))
PAST_MONDAY = date(2024, 10, 14)


async def past_year(school: str = "lincoln", active: int = 12, idle: int = 8) -> list[Reader]:
    """Students of two grade bands, of whom some logged in all modes on four days of two weeks of a school year.

    active, idle: how many of each band.
    """
    students = []
    for grade in (2, 4):
        for number in range(active + idle):
            students.append(await student(f"Child {grade}-{number}", school, grade))
            for day, mode in ((0, Mode.READING), (1, Mode.LISTENING), (7, Mode.VIEWING), (8, Mode.READING)):
                if number < active:
                    await log_act(students[-1], PAST_MONDAY + timedelta(days=day), mode, 10 + number, place="here")
    return students


@one_transaction
async def log_act(by: Reader, on: date, mode: Mode, minutes: int, **more: Any) -> None:
    """A log entry as the diary has it, without the entry."""
    await record(Kind.LOGGED, by=by, on=on, mode=mode, minutes=minutes, **more)
