"""What the matrix is tried on: 2 districts, 3 schools, 4 classes, everybody in every column, one of them in two."""

from dataclasses import dataclass, field
from typing import Any

from tortoise.context import get_current_context

from engage import dates
from engage.classes.lti_models import LtiPlatform
from engage.classes.models import GroupMember, ReadingGroup
from engage.database.tenancy import every_school
from engage.evaluation.actions import freeze
from engage.evaluation.models import Cycle
from engage.evaluation.report import build as build_report
from engage.lists.models import ListClass
from engage.people.models import School
from engage.people.oidc_models import OidcProvider
from engage.people.rules import Reader, Role
from engage.programs.activity_models import ProgramClass
from engage.programs.review_models import Review
from tests import make
from tests.matrix.generate import SEEN
from tests.matrix.things import OF_SCHOOL, OF_STUDENT, OWNED, TABLES, Corner, value_of
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
# a word in whatever another school has
SENTINEL = "Zyzzogeton"
# what somebody writes, by the name of the column, whatever the table
WRITTEN = (
    "title",
    "name",
    "introduction",
    "annotation",
    "text",
    "approved_text",
    "summary",
    "creators",
    "hours",
    "note",
)
# whose things stand for which scope, seen from each: the own ones are made for each anew
CLASSMATE, COLLEAGUE = "sid", "cole"
FAR = {"dora": "hill"}
# which student the things of an owner are about
STUDENT_OF_OWNER = {"cole": "sid", "lil": "sue", "rosa": "remy", "hana": "hal"}


@dataclass
class World:
    """things: (kind, visibility, whose) -> key or slug. readers: by name, each at the own school.

    ids: (kind, whose, or at which school) -> number of the row. corners: where more can be made.
    """

    school: TestSchool
    readers: dict[str, Reader | None]
    things: dict[tuple[str, str, str], str] = field(default_factory=dict)
    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    corners: dict[str, Corner] = field(default_factory=dict)

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
        if kind.startswith("="):
            return kind[1:]
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
    for owner, student in (students | {"tom": "sam", "ada": "sam", "wilma": "sam"}).items():
        world.things["participant", "", owner] = people[student].key  # type: ignore[union-attr]
    for owner, person in {"lil": "ted", "rosa": "rae", "hana": "hana", "cole": "cole"}.items():
        world.things["person", "", owner] = people[person].key  # type: ignore[union-attr]
    for owner in PEOPLE:
        if people[owner] is not None and owner != "sam":
            world.things["person", "", owner] = people[owner].key  # type: ignore[union-attr]
    for owner in ("tom", "cole", "wilma", "lil", "ada", "rosa", "hana"):
        world.things["draft", "", owner] = world.things["list", "draft", owner]
        world.things["colleague", "", owner] = people["cole"].key  # type: ignore[union-attr]
        world.things["outsider", "", owner] = people["sam" if owner == "lil" else "sue"].key  # type: ignore[union-attr]
        world.things["open_program", "", owner] = world.things["program", "public", owner]
    for slug, owners in (("lincoln", ("lil",)), ("roosevelt", ("rosa",)), ("hill", ("hana",))):
        word = sentinel if slug == "roosevelt" else ""
        source = await make.source(f"Feed of {slug}{word}", slug)
        resource = await make.resource(f"Owl of {slug}{word}", f"Maker{word}", school=slug, url="https://a.example/")
        provider = await OidcProvider.create(
            school_id=getattr(school, slug).id, name=f"ID{word}", issuer="https://id.example", client_id="x"
        )
        platform = await LtiPlatform.create(
            school_id=getattr(school, slug).id,
            name=f"LMS{word}",
            issuer=f"https://{slug}.example",
            client_id="x",
            deployments="1",
            **dict.fromkeys(("authorize", "token", "keys", "site"), f"https://{slug}.example"),
        )
        world.ids["resource", slug], world.ids["source", slug] = resource.id, source.id
        for owner in owners:
            world.things["resource", "", owner] = resource.key
            world.things["provider", "", owner] = provider.key
            world.things["platform", "", owner] = platform.key
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
    await _furnish(world, rooms | {"ada": school.room, "rosa": theirs, "hana": far}, sentinel)
    return world


async def _furnish(world: World, rooms: dict[str, Any], sentinel: str) -> None:
    """What the newer wings have, for everybody in a room."""
    for owner, room in rooms.items():
        by = world.readers[owner]
        assert by is not None
        word = sentinel if owner == "rosa" else ""
        student = world.readers[STUDENT_OF_OWNER.get(owner, "sam")]
        assert by.id is not None
        assert student is not None
        assert student.id is not None
        corner = Corner(await School.get(id=by.school.id), by.id, student.id, {"school_class": room.id})
        world.corners[owner] = corner
        lists_of = "cole" if owner == "sam" else owner
        found = {
            "curated_list": world.ids["list", lists_of],
            "program": world.ids["program", lists_of],
            "resource": world.ids["resource", by.school.slug],
            "source": world.ids["source", by.school.slug],
        }
        corner.parents |= found
        kinds = OF_STUDENT if owner == "sam" else (*OWNED, *OF_STUDENT)
        if owner in ("lil", "rosa", "hana"):
            kinds = (*((kind, TABLES.get(kind, kind), given) for kind, given in OF_SCHOOL), *kinds)
        if owner == "sam":
            corner.parents |= {"assignment": world.ids["assignment", "cole"]}
        for kind, table, given in kinds:
            made = await corner.one(kind, table, given, word)
            world.things[kind, "", owner] = value_of(made)
            world.ids[kind, owner] = made.pk
        if owner in ("lil", "rosa", "hana"):
            cycle = await Cycle.get(id=world.ids["cycle", owner], school_id=by.school.id)
            kept = await freeze(cycle, await build_report(by, cycle.slug, dates.now()), by=by)
            world.things["frozen_report", "", owner] = kept.key
    # what stands under one's own pages: a student's, beside what is a classmate's and what others of the school have
    for owner in ("sam", "cole", "lil", "rosa", "hana"):
        for kind, _, _ in OF_STUDENT:
            if not kind.startswith("my_") and f"my_{kind}" not in (one for one, _, _ in OF_STUDENT):
                world.things[f"my_{kind}", "", owner] = world.things[kind, "", owner]
    for owner in ("tom", "ada", "wilma"):
        world.things["my_request", "", owner] = world.things["purchase_request", "", owner]
        world.things["my_suggestion", "", owner] = world.things["suggestion", "", owner]
    for owner, whose in {"sam": "cole", "lil": "lil", "rosa": "rosa", "hana": "hana"}.items():
        world.things["my_assignment", "", owner] = world.things["assignment", "", whose]
        world.things["asked", "", whose] = world.things["assignment", "", whose]


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
        world.ids[f"list {visibility}", owner] = curated.id
        if visibility == "school":
            world.things["list", "", owner] = f"{curated.key} {curated.slug}"
            world.ids["list", owner] = curated.id


async def _make_program(world: World, owner: str, room: Any, sentinel: str) -> None:
    by = world.readers[owner]
    assert by is not None
    student = world.readers[STUDENT_OF_OWNER.get(owner, "sam")]
    word = sentinel if owner == "rosa" else ""
    program = await make.program(by, f"Nights of {owner}{word}", has_board=True)
    await ProgramClass.create(school_id=by.school.id, program_id=program.id, school_class_id=room.id)
    assert student is not None
    await make.enrolment(program, student)
    if owner == "lil":
        await make.enrolment(program, world.readers["sam"])  # type: ignore[arg-type]
    for visibility in ("", "school"):
        world.things["program", visibility, owner] = f"{program.key} {program.slug}"
    shown = await make.program(by, f"Days of {owner}{word}", visibility="public")
    world.things["program", "public", owner] = f"{shown.key} {shown.slug}"
    world.ids["program", owner] = program.id


async def mark_everything(school_id: int) -> int:
    """Put the sentinel into every column of a school's rows that somebody writes in; how many columns had rows."""
    marked = 0
    with every_school("what no page of another school may show"):
        for model in get_current_context().apps["engage"].values():
            columns = [name for name in WRITTEN if name in model._meta.fields_db_projection]
            if "school" not in model._meta.fields_map or not columns:
                continue  # what a school is called stands on the first page of the service
            for row in await model.filter(school_id=school_id):
                row.update_from_dict({name: f"{getattr(row, name)} {SENTINEL}"[:40] for name in columns})
                await row.save(update_fields=columns)
                marked += len(columns)
    return marked
