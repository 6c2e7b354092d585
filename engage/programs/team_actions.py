"""Teams are made by hand or of the classes, and their members come and go with the days."""

from collections.abc import Collection
from datetime import timedelta

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.once import once
from engage.people.rules import Reader
from engage.programs.models import Program
from engage.programs.queries import program_to_run
from engage.programs.recognition_models import Team, TeamMember
from engage.programs.recognition_queries import participants, sight_of
from engage.programs.team_queries import classes_to_be_teams, team_in, teams_of
from engage.programs.team_rules import check_team, until_for
from engage.web.art import INK_NAMES


@one_transaction
async def make_team(program: str, by: Reader, *, name: str, ink: str, form_key: str = "") -> str:
    """A team without members; returns its key. Raises NotFound, Refused."""
    row = await program_to_run(by, program)
    of = {"school_id": by.school.id, "program_id": row["id"]}
    if ink not in INK_NAMES:
        raise Refused("Choose a colour.", about="ink")

    async def make() -> str:
        await Program.filter(school_id=by.school.id, id=row["id"]).select_for_update().first()
        kept = check_team(name, [each["name"] for each in await teams_of(by, row["id"])])
        # an ended team keeps its name in the table, which is unique there
        await Team.filter(**of, name=kept, ended_at__isnull=False).delete()
        return (await Team.create(**of, name=kept, ink=ink)).key

    return await once(by, form_key, {"in": program, "team": name, "ink": ink}, make)


@one_transaction
async def classes_as_teams(program: str, by: Reader) -> int:
    """Let each class of the program be a team; returns how many teams are new. Raises NotFound, Refused."""
    row = await program_to_run(by, program)
    of = {"school_id": by.school.id, "program_id": row["id"]}
    await Program.filter(school_id=by.school.id, id=row["id"]).select_for_update().first()
    there = await teams_of(by, row["id"])
    known = {each["school_class_id"] for each in there}
    names = [each["name"] for each in there]
    new = [room for room in await classes_to_be_teams(by, row["id"]) if room["id"] not in known]
    if not new and not there:
        raise Refused("No class takes part in this program yet.")
    for place, room in enumerate(new, len(there)):
        kept = check_team(room["name"], names)
        names.append(kept)
        await Team.filter(**of, name=kept, ended_at__isnull=False).delete()
        await Team.create(**of, name=kept, ink=INK_NAMES[place % len(INK_NAMES)], school_class_id=room["id"])
    return len(new)


@one_transaction
async def end_team(program: str, team: str, by: Reader) -> str:
    """A team is no more; what its members did stays theirs. Returns its name. Raises NotFound."""
    row = await program_to_run(by, program)
    found = await team_in(by, row["id"], team)
    await Team.filter(school_id=by.school.id, id=found["id"]).update(ended_at=dates.now())
    return str(found["name"])


@one_transaction
async def set_members(
    program: str, team: str, people: Collection[str], by: Reader, *, from_the_start: bool = False
) -> tuple[int, int]:
    """Let a team made by hand have exactly these members from today on; returns how many came and how many left.

    people: keys of students in the program whom the reader sees by name; others stay as they are. from_the_start: who
    comes counts from the first day of the program. Who comes from another team leaves it. Raises NotFound.
    """
    row = await program_to_run(by, program)
    sight = sight_of(by, row)
    if sight is None:
        raise NotFound(program)
    found = await team_in(by, row["id"], team)
    if found["school_class_id"] is not None:
        raise Refused("The members of this team are those of its class.")
    await Program.filter(school_id=by.school.id, id=row["id"]).select_for_update().first()
    seen = {each["key"]: each["id"] for each in await participants(by, row["id"], sight)}
    if unknown := set(people) - seen.keys():
        raise NotFound(min(unknown))
    wanted = {seen[key] for key in people}
    of = {"school_id": by.school.id, "team__program_id": row["id"], "until__isnull": True}
    now = TeamMember.filter(**of, person_id__in=list(seen.values()), team__ended_at__isnull=True)
    in_teams = [(int(n), int(p), int(t), since) for n, p, t, since in await now.values_list(*MEMBER)]
    here = {person for _, person, in_team, _ in in_teams if in_team == found["id"]}
    today = dates.today(by.school.zone)
    for number, person, in_team, since in in_teams:
        if (in_team == found["id"]) != (person in wanted):
            leaving = TeamMember.filter(school_id=by.school.id, id=number)
            until = until_for(since, today, today - timedelta(days=1))
            await (leaving.update(until=until) if until else leaving.delete())
    # who was in a team before counts from today, or the same days would count in two
    before = TeamMember.filter(school_id=by.school.id, team__program_id=row["id"], person_id__in=sorted(wanted))
    known = {*await before.values_list("person_id", flat=True), *(person for _, person, _, _ in in_teams)}
    first = min(row["starts"], today) if from_the_start else today
    new = [
        TeamMember(
            school_id=by.school.id, team_id=found["id"], person_id=person, since=today if person in known else first
        )
        for person in sorted(wanted - here)
    ]
    await TeamMember.bulk_create(new)
    left = len(here - wanted)
    if new or left:
        detail = f"{found['name']} in {row['title']}: {len(new)} came, {left} left"
        await audit.note("changed the members of a team", by=by, subject=row["key"], detail=detail)
    return len(new), left


MEMBER = ("id", "person_id", "team_id", "since")
