"""What the matrix is tried on: 2 districts, 3 schools, 4 classes, everybody in every column, one of them in two."""

from dataclasses import dataclass, field
from typing import Any

from engage import dates
from engage.classes.models import GroupMember, ReadingGroup
from engage.lists.models import ListClass
from engage.people.models import School
from engage.people.oidc_models import OidcProvider
from engage.people.rules import Reader, Role
from engage.programs.activity_models import ProgramClass
from engage.programs.review_models import Review
from tests import make
from tests.matrix.generate import SEEN
from tests.school import TestSchool, as_reader

PEOPLE = {
    "visitor": ("V",),
    "sam": ("S",),
    "tom": ("T",),
    "ada": ("L",),
    "alma": ("A",),
    "dora": ("D",),
    "wilma": ("T", "L"),
}
# whose things stand for which scope, seen from each: the own ones are made for each anew
CLASSMATE, COLLEAGUE = "sid", "cole"
FAR = {"dora": "hill"}


@dataclass
class World:
    """things: (kind, visibility, whose) -> key or slug. readers: by name, each at the own school."""

    school: TestSchool
    readers: dict[str, Reader | None]
    things: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def whose(self, who: str, scope: str) -> str:
        """Whose thing it is that a scope means for somebody."""
        if scope == "mine":
            return who
        if scope == "elsewhere":
            return "hana" if who in FAR else "rosa"
        if who == "dora":  # any class, any school of the district
            return COLLEAGUE if scope == "class" else "rosa"
        return COLLEAGUE if scope == "class" else "lil"

    def at(self, who: str, scope: str) -> str:
        """The school that is asked."""
        if scope == "elsewhere":
            return FAR.get(who, "roosevelt")
        return "roosevelt" if who == "dora" and scope == "school" else "lincoln"

    def thing(self, kind: str, visibility: str, who: str, scope: str) -> str | None:
        """The key of the thing, None where there is none of that kind and scope."""
        return self.things.get((kind, visibility, self.whose(who, scope)))


async def build(school: TestSchool, sentinel: str = "") -> World:
    """The world. sentinel: a word in whatever Roosevelt School has."""
    await School.filter(id__in=[school.lincoln.id, school.roosevelt.id]).update(reviews="school")
    room14 = await make.school_class(school.lincoln, "Room 14")
    theirs = await make.school_class(school.roosevelt, f"Room 1{sentinel}")
    far = await make.school_class(school.hill, "Room 9")
    people: dict[str, Reader | None] = {"visitor": None}
    for name in ("sam", "tom", "ada", "alma", "dora", "rosa", "remy"):
        people[name] = getattr(school, name)

    async def come(name: str, role: Role, at: School, room: Any = None) -> Any:
        grade = 3 if role is Role.STUDENT else None
        made = await make.person(
            name.title(), role, at, grade=grade, login=None if role is Role.STUDENT else f"{name}.x"
        )
        if room is not None:
            await make.in_class(made, room, Role.STUDENT if role is Role.STUDENT else Role.TEACHER)
        people[name] = await as_reader(made, at.slug)
        return made

    wilma = await come("wilma", Role.SPECIALIST, school.lincoln, school.room)
    await make.membership(wilma, Role.TEACHER, school.lincoln)
    people["wilma"] = await as_reader(wilma, "lincoln")
    await come("cole", Role.TEACHER, school.lincoln, school.room)
    await come("ted", Role.TEACHER, school.lincoln, room14)
    await come("lil", Role.SPECIALIST, school.lincoln)
    await come("sid", Role.STUDENT, school.lincoln, school.room)
    await come("sue", Role.STUDENT, school.lincoln, room14)
    await come("rae", Role.TEACHER, school.roosevelt, theirs)
    await come("hana", Role.SPECIALIST, school.hill)
    await come("hal", Role.STUDENT, school.hill, far)
    await make.in_class(people["remy"], theirs, Role.STUDENT)  # type: ignore[arg-type]
    world = World(school, people)
    for owner in ("tom", "ada", "wilma", "cole", "lil", "rosa", "hana"):
        room = {"rosa": theirs, "hana": far, "lil": room14}.get(owner, school.room)
        await _make_lists(world, owner, room, sentinel)
        await _make_program(world, owner, room, sentinel)
    rooms = {"cole": school.room, "tom": school.room, "sam": school.room, "wilma": school.room, "lil": room14}
    for owner, room in (rooms | {"rosa": theirs, "hana": far}).items():
        world.things["class", "", owner] = room.key
    students = {"sam": "sam", "cole": "sid", "lil": "sue", "rosa": "remy", "hana": "hal"}
    for owner, student in students.items():
        world.things["student", "", owner] = people[student].key  # type: ignore[union-attr]
    for owner, person in {"lil": "ted", "rosa": "rae", "hana": "hana", "cole": "cole"}.items():
        world.things["person", "", owner] = people[person].key  # type: ignore[union-attr]
    for owner in PEOPLE:
        if people[owner] is not None and owner != "sam":
            world.things["person", "", owner] = people[owner].key  # type: ignore[union-attr]
    for slug, owners in (("lincoln", ("lil",)), ("roosevelt", ("rosa",)), ("hill", ("hana",))):
        word = sentinel if slug == "roosevelt" else ""
        source = await make.source(f"Feed of {slug}{word}", slug)
        resource = await make.resource(f"Owl of {slug}{word}", f"Maker{word}", school=slug, url="https://a.example/")
        provider = await OidcProvider.create(
            school_id=getattr(school, slug).id, name=f"ID{word}", issuer="https://id.example", client_id="x"
        )
        for owner in owners:
            world.things["resource", "", owner] = resource.key
            world.things["provider", "", owner] = provider.key
            world.things["source", "", owner] = source.key
        for student, owner in {"lincoln": (("sid", "cole"), ("sue", "lil"), ("sam", "sam"))}.get(
            slug, ((("remy", "rosa") if slug == "roosevelt" else ("hal", "hana")),)
        ):
            review = await Review.create(
                school_id=getattr(school, slug).id,
                person_id=people[student].id,  # type: ignore[union-attr]
                resource_id=resource.id,
                text=f"Good{word}",
                approved_text=f"Good{word}",
                state="approved",
                on=dates.today("UTC"),
                written_at=dates.now(),
                approved_at=dates.now(),
            )
            world.things["review", "", owner] = review.key
    for owner in ("tom", "cole", "wilma"):
        group = await ReadingGroup.create(school_id=school.lincoln.id, name=f"Group of {owner}", by_id=people[owner].id)  # type: ignore[union-attr]
        await GroupMember.create(
            school_id=school.lincoln.id, group_id=group.id, person_id=school.sam.id, since=make.TERM_STARTS
        )
        world.things["group", "", owner] = group.key
    rae = people["rae"]
    assert rae is not None
    group = await ReadingGroup.create(school_id=school.roosevelt.id, name=f"Group{sentinel}", by_id=rae.id)
    world.things["group", "", "rosa"] = group.key
    return world


async def _make_lists(world: World, owner: str, room: Any, sentinel: str) -> None:
    by = world.readers[owner]
    assert by is not None
    word = sentinel if owner == "rosa" else ""
    for visibility in SEEN:
        published = visibility != "draft"
        curated = await make.curated_list(
            by,
            f"{owner} {visibility}{word}",
            1,
            published=published,
            **({"visibility": visibility} if published else {}),
        )
        if visibility == "classes":
            of = {"school_id": by.school.id, "curated_id": curated.id}
            await ListClass.create(**of, school_class_id=room.id)
        world.things["list", visibility, owner] = f"{curated.key} {curated.slug}"
        if visibility == "school":
            world.things["list", "", owner] = f"{curated.key} {curated.slug}"


async def _make_program(world: World, owner: str, room: Any, sentinel: str) -> None:
    by = world.readers[owner]
    assert by is not None
    sam = world.readers["sam"]
    program = await make.program(by, f"Nights of {owner}{sentinel if owner == 'rosa' else ''}")
    await ProgramClass.create(school_id=by.school.id, program_id=program.id, school_class_id=room.id)
    if sam is not None and owner in ("lil", "cole"):
        await make.enrolment(program, sam)
    world.things["program", "", owner] = f"{program.key} {program.slug}"
