"""The people of the demo: a district, two schools, five classes, 120 students and staff of every role."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from engage import dates
from engage.database.fields import new_key
from engage.database.transaction import one_transaction
from engage.people import one_time_codes, passwords, roster_asking, second_factor
from engage.people.models import ClassMember, DayOff, District, Membership, Person, School, SchoolClass
from engage.people.queries import reader_at
from engage.people.roster_staging import Coming, stage
from engage.people.rules import Reader, Role

ALDER, WILLOW = "alder-creek", "willow-bend"
HOURS = "Open Monday to Friday, 7:45 to 4:15"
# one for each role: long, easy to type, and of no use anywhere else
PASSWORDS = {
    Role.SPECIALIST: "seven herons at dusk",
    Role.AIDE: "blue kettle by the door",
    Role.TEACHER: "paper boats in march",
    Role.HELPER: "apples in a wide bowl",
    Role.VIEWER: "three quiet mountains",
    Role.SCHOOL_ADMIN: "lamp on the long shelf",
    Role.DISTRICT_ADMIN: "river under two bridges",
}
# login, name, role, school, class taught
STAFF = (
    ("okafor", "Ms. Okafor", Role.SPECIALIST, ALDER, ""),
    ("medina", "Sra. Medina", Role.SPECIALIST, ALDER, ""),
    ("bell", "Mx. Bell", Role.AIDE, ALDER, ""),
    ("lindqvist", "Mr. Lindqvist", Role.TEACHER, ALDER, "Room 12"),
    ("haddad", "Ms. Haddad", Role.TEACHER, ALDER, "Room 9"),
    ("novak", "Mr. Novak", Role.TEACHER, ALDER, "Room 15"),
    ("pryce", "Mr. Pryce", Role.HELPER, ALDER, ""),
    ("ruiz", "Dr. Ruiz", Role.VIEWER, ALDER, ""),
    ("tanaka", "Mrs. Tanaka", Role.SCHOOL_ADMIN, ALDER, ""),
    ("osei", "Mr. Osei", Role.DISTRICT_ADMIN, ALDER, ""),
    ("abara", "Mr. Abara", Role.SPECIALIST, WILLOW, ""),
    ("lund", "Ms. Lund", Role.TEACHER, WILLOW, "Room 3"),
    ("castillo", "Mr. Castillo", Role.TEACHER, WILLOW, "Room 6"),
)
# school, name, grade, code, students
CLASSES = (
    (ALDER, "Room 9", 2, "BIRD2209", 26),
    (ALDER, "Room 12", 4, "KITE4812", 26),
    (ALDER, "Room 15", 5, "BOAT5515", 24),
    (WILLOW, "Room 3", 3, "STAR3303", 22),
    (WILLOW, "Room 6", 6, "MOON6606", 22),
)
NAMES = (
    "Maya", "Finn", "Amara", "Leo", "Priya", "Omar", "Ines", "Theo", "Zuri", "Mateo",
    "Hana", "Elias", "Noor", "Jonah", "Lucía", "Kofi", "Ada", "Samir", "Freya", "Diego",
    "Yuki", "Amos", "Layla", "Tomas", "Nia", "Ravi", "Clara", "Malik", "Sofia", "Arlo",
    "Thuy", "Ezra", "Fatima", "Hugo", "Imani", "Owen", "Paloma", "Kai", "Greta", "Javier",
    "Leila", "Isaac", "Rosa", "Emeka", "Juno", "Pavel", "Aisha", "Milo", "Carmen", "Desmond",
    "Esme", "Farid", "Gwen", "Ibrahim", "June", "Kenji", "Lena", "Marco", "Nadia", "Otto",
)  # fmt: skip
# who reads what students write there: an admin of the other school has not switched it on
READ_BY = {ALDER: "school", WILLOW: ""}
# by class: how many, the last ones of it, have not logged anything yet; fewer in all would be withheld from reports
QUIET = {"Room 9": 9, "Room 12": 5, "Room 15": 5, "Room 3": 9, "Room 6": 9}


@dataclass
class Class:
    """A school class with its teacher and students; active: those who log."""

    row: SchoolClass
    school: str
    grade: int
    teacher: Reader
    students: list[Person]

    @property
    def active(self) -> list[Person]:
        """The students who take part."""
        return self.students[: -QUIET[self.row.name]]


@dataclass
class Place:
    """A school of the demo."""

    row: School
    staff: dict[str, Reader] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The school's day."""
        return dates.today(self.row.zone)


async def settle_people() -> dict[str, Place]:
    """The district with everybody in it, by the school's slug."""
    hashes = dict(zip(PASSWORDS, await asyncio.gather(*map(passwords.hashed, PASSWORDS.values())), strict=True))
    await _found_schools()
    places = {slug: Place(await School.get(slug=slug)) for slug in (ALDER, WILLOW)}
    await _employ(places, hashes)
    for place in places.values():
        await _enrol(place)
    for place in places.values():
        for login, _, _, slug, _ in STAFF:
            if slug == place.row.slug:
                place.staff[login] = await _reader(login, slug)
        for slug, name, grade, _, _ in CLASSES:
            if slug == place.row.slug:
                teacher = next(place.staff[one[0]] for one in STAFF if one[3] == slug and one[4] == name)
                place.classes[name] = await _class_of(place, name, grade, teacher)
    return places


@one_transaction
async def _found_schools() -> None:
    district = await District.create(name="Alder Valley District")
    for slug, name in ((ALDER, "Alder Creek School"), (WILLOW, "Willow Bend School")):
        school = await School.create(
            slug=slug,
            name=f"{name} Library",
            district=district,
            zone="America/New_York",
            hours=HOURS,
            reviews=READ_BY[slug],
        )
        today = dates.today(school.zone)
        for back, note in ((23, "Teachers' day"), (51, "Autumn break"), (52, "Autumn break")):
            await DayOff.create(school_id=school.id, on=today - timedelta(days=back), note=note)


@one_transaction
async def _employ(places: dict[str, Place], hashes: dict[Role, str]) -> None:
    for login, name, role, slug, _ in STAFF:
        school = places[slug].row
        person = await Person.create(
            district_id=school.district_id,  # type: ignore[attr-defined]
            school_id=school.id,
            name=name,
            login=login,
            password_hash=hashes[role],
        )
        await Membership.create(school_id=school.id, person_id=person.id, role=role)


@one_transaction
async def _enrol(place: Place) -> None:
    school, rng = place.row, Random(len(place.row.slug))
    period = dates.school_year(place.today, school.year_starts_in)
    since = min(period.starts, place.today - timedelta(days=90))
    names = NAMES if school.slug == ALDER else list(reversed(NAMES))
    at = 0
    for slug, name, grade, code, number in CLASSES:
        if slug != school.slug:
            continue
        room = await SchoolClass.create(
            school_id=school.id, name=name, grade=grade, year=dates.year_name(period), code=code
        )
        rows = [
            Person(
                district_id=school.district_id,  # type: ignore[attr-defined]
                school_id=school.id,
                key=new_key(),
                name=names[(at + n) % len(names)],
                letter=rng.choice("ABCDEFGHKLMNPRSTVWZ") if (at, n) != (26, 0) else "R",
                grade=grade,
                avatar=passwords.PICTURES[(at + n) % 4],
            )
            for n in range(number)
        ]
        if slug == ALDER and name == "Room 12":
            rows[0].name, rows[0].letter, rows[0].avatar = "Maya", "R", "bird"
        elif at == 0:
            rows[0].letter = "T"
        at += number
        await Person.bulk_create(rows)
        ids = [
            number
            for (number,) in await Person.filter(school_id=school.id, key__in=[row.key for row in rows]).values_list(
                "id"
            )
        ]
        teacher = next(one[0] for one in STAFF if one[3] == slug and one[4] == name)
        taught = await Person.get(login=teacher)
        of = {"school_id": school.id, "school_class_id": room.id, "since": since}
        await Membership.bulk_create([Membership(school_id=school.id, person_id=one, role=Role.STUDENT) for one in ids])
        await ClassMember.bulk_create(
            [
                ClassMember(**of, person_id=taught.id, role=Role.TEACHER),
                *(ClassMember(**of, person_id=one, role=Role.STUDENT) for one in ids),
            ]
        )


async def _reader(login: str, slug: str) -> Reader:
    person = await Person.get(login=login)
    reader = await reader_at(person.id, slug)
    assert reader is not None
    return reader


async def _class_of(place: Place, name: str, grade: int, teacher: Reader) -> Class:
    room = await SchoolClass.get(school_id=place.row.id, name=name)
    members = ClassMember.filter(school_id=place.row.id, school_class_id=room.id, role=Role.STUDENT)
    ids = [number for (number,) in await members.values_list("person_id")]
    students = await Person.filter(school_id=place.row.id, id__in=ids).order_by("id")
    return Class(room, place.row.slug, grade, teacher, students)


async def give_pictures(places: dict[str, Place], secret_key: str) -> dict[int, tuple[str, ...]]:
    """Four pictures for everybody, the same each time the demo is built, by the id of the student."""
    rng = Random(4)
    students = [one for place in places.values() for room in place.classes.values() for one in room.students]
    chosen = {one.id: tuple(rng.choice(passwords.PICTURES) for _ in range(passwords.PICTURE_COUNT)) for one in students}
    hashes = await asyncio.gather(
        *(passwords.hashed(passwords.picture_secret(chosen[one.id], one.key, secret_key)) for one in students)
    )
    for one, kept in zip(students, hashes, strict=True):
        one.picture_hash = kept
    for place in places.values():
        for room in place.classes.values():
            await _keep_pictures(room.students)
    return chosen


NEW_ONES = """class,given name,family name,grade,teacher name
Room 12,Ines,Duarte,4,
Room 12,Otto,Hale,4,
Room 15,Wren,Abiodun,5,
Room 15,,Nobody,5,
Garden Group,Ines,Duarte,4,
"""


async def lay_roster(place: Place, secret_key: str) -> str:
    """A table of the office with three new students, which waits for the school admin. Returns the import's key."""
    file, digest = roster_asking.unnamed(NEW_ONES.encode())
    with file:
        return await stage(place.row.id, Coming("new in november.csv", file, digest), secret_key)


ONCE = 3


async def set_up_second_steps(secret_key: str) -> dict[str, tuple[str, list[str]]]:
    """A second step for the admins, who need one: by login the key for an app, and a few codes that stand in for it."""
    told = {}
    for login, _, role, _, _ in STAFF:
        if role in second_factor.NEEDED_BY:
            secret = one_time_codes.new_secret()
            before = dates.now() - timedelta(minutes=5)
            code = one_time_codes.code_at(secret, one_time_codes.step_of(before))
            person = await Person.get(login=login)
            codes = await second_factor.set_up(person, secret, code, secret_key, before)
            told[login] = (one_time_codes.typed_secret(secret), codes[:ONCE])
    return told


@one_transaction
async def _keep_pictures(students: list[Person]) -> None:
    for one in students:
        await one.save(update_fields=["picture_hash"])
