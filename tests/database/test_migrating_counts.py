"""What stood of shared goals and typed titles before they were kept as now comes along as it was."""

from datetime import UTC, datetime

from tortoise.context import TortoiseContext

from engage.database.config import tortoise_config
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.tenancy import every_school
from engage.programs.activity_models import GoalShare
from engage.programs.models import Challenge, LogEntry
from engage.programs.paper_models import TypedTitle, TypedTitleBefore
from engage.resources.models import Resource
from tests.database.old_library import NOW, a_person, a_school, insert

AT = datetime.fromisoformat(NOW)


async def a_goal_of_then(school: int, people: list[int]) -> int:
    """A goal to which two students add in two classes and in none; the id of the challenge."""
    texts = ("introduction", "how", "limits", "points", "completion")
    program = await insert(
        "program", key="lanterns00000", school_id=school, slug="lanterns", title="Lanterns", kind="challenge",
        state="published", visibility="school", ink="", scene="", starts="2026-09-01", ends="2026-12-01",
        joining="open", credit="opening", backdate_days=7, catching_up=7, minimum=1, streak_unit="day", grace_days=1,
        rules_version=1, version=1, made_at=NOW, **dict.fromkeys(texts, ""),
    )  # fmt: skip
    row = {"kind": "class goal", "unit": "minutes", "goal": 100, "title": "All"}
    challenge = await Challenge.create(school_id=school, program_id=program, **row)
    for person, class_id, amount in ((0, 0, 5), (0, 7, 30), (0, 8, 20), (1, 7, 40)):
        of = {"school_id": school, "challenge_id": challenge.id, "person_id": people[person]}
        await GoalShare.create(**of, class_id=class_id, amount=amount)
    return challenge.id


async def test_shared_goals_have_a_row_for_the_whole_and_typed_titles_one_for_what_was(empty_url):
    await migrate(empty_url, upto="0025_closed_schools")
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(empty_url))
        with every_school("an old library"):
            await insert("district", key="districtdistr", name="Old")
            school = await a_school("oak", 1)
            people = [await a_person(school, f"p{number}") for number in range(2)]
            await a_goal_of_then(school, people)
            book = await Resource.create(school_id=school, title="Owl Moon", mode="reading")
            for folded, resource in (("owl moon", book.id), ("a bus ticket", None)):
                await TypedTitle.create(school_id=school, folded=folded, resource_id=resource, at=AT)
            await insert(
                "log_entry", key="0" * 13, school_id=school, person_id=people[0], on="2026-09-02", zone="UTC",
                entered_at=NOW, mode="reading", title="Owls", ending="", feeling="", grade_band="", batch="",
                form_key="1",
            )  # fmt: skip
    assert {"0026_results_stay", "0027_classes_of_an_entry"} <= set(await migrate(empty_url))
    async with opened(empty_url):
        of = {"school_id": school}
        shares = GoalShare.filter(**of).order_by("person_id", "class_id").values_list("person_id", "class_id", "amount")
        one, other = people
        assert await shares == [(one, 0, 55), (one, 7, 30), (one, 8, 20), (other, 0, 40), (other, 7, 40)]
        before = await TypedTitleBefore.filter(**of).values_list("folded", "resource_id", "until")
        assert before == [("owl moon", None, AT.astimezone(UTC))]
        assert await LogEntry.filter(**of).values_list("title", "also_in") == [("Owls", "")]
