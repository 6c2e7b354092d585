"""What is over is taken away, and nothing that is not: SAFETY.md, P4."""

import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tortoise.connection import get_connection

from engage import dates
from engage.classes.models import Assignment
from engage.classes.own_models import HandIn
from engage.database.fields import new_key
from engage.database.operations import database_file, write_back
from engage.database.tenancy import every_school
from engage.engagement.models import ActiveDay, DailyFigure, Engagement, YearSalt
from engage.engagement.rules import Mode
from engage.people import retention
from engage.people.erasing import model_of
from engage.people.models import AuditEntry, Person, School, Session
from engage.people.privacy_models import Retention, RetentionRun
from engage.people.register_rules import LONGEST, Kept, Limits, check_limits
from engage.people.retention import Chore
from engage.people.retention_rules import Over, months_back, over, titles_over
from engage.people.rules import Status
from engage.programs.activity_models import Activity, ActivityDone
from engage.programs.log_queries import entries_of
from engage.programs.models import ChallengeResource, LogEntry, ResourceProgress, Saved, Standing
from engage.programs.recognition_models import BoardName
from engage.programs.review_models import Review
from engage.register import REGISTER, keep_retention
from tests import make
from tests.people.filling import Filling, every_row
from tests.school import words_of

YEAR = dates.Period(date(2025, 8, 1), date(2026, 7, 31))


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 17, tzinfo=UTC)


async def entry(person, on: date, title: str = "", resource=None, **more) -> LogEntry:
    return await LogEntry.create(
        school_id=person.school.id,
        person_id=person.id,
        on=on,
        zone=person.school.zone,
        entered_at=noon(on),
        mode=Mode.READING,
        minutes=20,
        title=title,
        resource_id=resource.id if resource else None,
        form_key=new_key(),
        **more,
    )


async def night(settings, day: date) -> dict[str, int]:
    """The job as it runs on a day; what it did at Lincoln."""
    with every_school("as the worker does"):
        await keep_retention(settings, noon(day))
        run = await RetentionRun.filter(school__slug="lincoln").order_by("-id").first()
    return {what: number for what, number in json.loads(run.did).items() if number}


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 7, 31), date(2025, 8, 1)),  # the last day of the year
        (date(2026, 8, 30), date(2025, 8, 1)),  # 30 days after it
        (date(2026, 8, 31), date(2026, 8, 1)),
        (date(2027, 3, 1), date(2026, 8, 1)),
    ],
)
def test_titles_are_over_thirty_days_after_the_school_year(today, first):
    assert titles_over(today, 8, LONGEST) == first


def test_no_title_outlives_the_months():
    assert titles_over(date(2026, 8, 30), 8, Limits(titles_months=3)) == date(2026, 5, 30)
    # a school that changed the month in which its year begins cannot keep titles for longer
    assert titles_over(date(2027, 1, 20), 1, LONGEST) == date(2026, 1, 1)
    assert max((day - titles_over(day, 8, LONGEST)).days for day in YEAR.days()) <= 396


def test_months_back_ends_on_a_day_that_there_is():
    assert months_back(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_back(date(2026, 1, 15), 13) == date(2024, 12, 15)


def test_limits_only_get_shorter():
    assert check_limits(LONGEST, LONGEST) == {}
    assert check_limits(Limits(titles_days=31), LONGEST) == {"titles_days": "This can only get shorter. It is 30 now."}
    assert set(check_limits(Limits(audit_months=5), LONGEST)) == {"audit_months"}
    assert set(check_limits(LONGEST, Limits(left_days=10))) == {"left_days"}


def test_everything_is_over_in_its_own_time():
    ended = over(noon(date(2026, 11, 29)), date(2026, 11, 29), 8, LONGEST)
    assert ended.titles == date(2026, 8, 1)
    assert ended.programs == date(2026, 9, 30)
    assert ended.audit == noon(date(2025, 11, 29))
    assert ended.sessions == noon(date(2026, 10, 30))
    assert ended.shelf == noon(date(2026, 8, 1))


async def test_a_school_year_and_fourteen_months_leave_numbers_and_no_title(school, sam, settings):
    ben = await make.student("Ben")
    owl = await make.resource("Owlsentinel Moon")
    days = [date(2025, 8, 1), *(months_back(date(2026, 7, 31), 11 - month) for month in range(12))]
    for number, on in enumerate(days):
        await entry(sam, on, f"Titlesentinel {number // 2}")
        await entry(ben, on, resource=owl)
        await Saved.create(
            school_id=school.card.id, person_id=sam.id, resource_id=(await make.resource(f"R{number}")).id, at=noon(on)
        )
    await entry(sam, date(2026, 8, 20), "Newsentinel")
    of = {"school_id": school.card.id}

    async def left() -> set[date]:
        rows = await LogEntry.filter(**of, title__startswith="Titlesentinel").values_list("on", flat=True)
        return set(rows)

    for month in range(2, 13):  # through the year nothing goes
        day = months_back(date(2026, 8, 15), 12 - month)
        assert await night(settings, day) == {}, day
        assert len(await left()) == 13
    assert "titles made numbers" not in await night(settings, date(2026, 8, 30))
    did = await night(settings, date(2026, 8, 31))
    assert did == {"titles made numbers": 26, "titles taken from shelves": 13}
    assert await left() == set()
    rows = await LogEntry.filter(**of, person_id=sam.id, on__lte=YEAR.ends).order_by("on").values("title", "minutes")
    assert len(rows) == 13
    assert len({row["title"] for row in rows}) == 7  # as many titles as there were
    assert {row["title"] for row in rows} == {f"Title {number} of 2025-26" for number in range(1, 8)}
    assert sum(row["minutes"] for row in rows) == 260
    assert await LogEntry.filter(**of, person_id=ben.id, resource_id__isnull=False).count() == 0
    assert {row["title"] for row in await LogEntry.filter(**of, person_id=ben.id).values("title")} == {
        "Title 1 of 2025-26"
    }
    assert await LogEntry.filter(**of, title="Newsentinel").count() == 1

    assert await night(settings, date(2026, 8, 31)) == {}  # twice changes nothing
    for month in range(1, 13):
        await night(settings, months_back(date(2027, 8, 15), 12 - month))
    assert await LogEntry.filter(**of, title="Newsentinel").count() == 1
    await night(settings, date(2027, 9, 30))
    assert await LogEntry.filter(**of, title="Newsentinel").count() == 0


@pytest.mark.only("sqlite")
async def test_no_byte_of_a_title_is_left_in_the_file(school, sam, settings):
    for number in range(300):
        await entry(sam, date(2025, 9, 1) + timedelta(days=number), f"Titlesentinel {number} " + "of the sea " * 20)
    await night(settings, date(2026, 9, 15))
    file = database_file(settings.database_url)
    paths = (file, file.with_name(file.name + "-wal"))
    assert not any(path.exists() and b"Titlesentinel" in path.read_bytes() for path in paths)
    await get_connection("default").execute_query("VACUUM")
    await write_back()
    assert not any(path.exists() and b"Titlesentinel" in path.read_bytes() for path in paths)


async def test_what_counts_in_a_list_stays_until_the_program_has_been_over_for_a_while(school, ada, sam, settings):
    books = await make.resources(2)
    curated = await make.curated_list(by=ada, items=books)
    run = {"starts": date(2025, 9, 1), "ends": date(2026, 7, 31)}
    program = await make.program(by=ada, challenges=[{"goal": 2, "curated": curated}], **run)
    await make.enrolment(program, sam)
    challenge = await program.challenges.filter(school_id=school.card.id).first()
    await ChallengeResource.create(school_id=school.card.id, challenge_id=challenge.id, resource_id=books[0].id)
    await entry(sam, date(2026, 3, 1), resource=books[0])
    await entry(sam, date(2026, 3, 2), resource=books[1])
    of = {"school_id": school.card.id, "person_id": sam.id}

    assert (await night(settings, date(2026, 9, 1)))["titles made numbers"] == 1
    assert await LogEntry.filter(**of, resource_id=books[0].id).count() == 1
    await night(settings, date(2026, 9, 29))
    assert await LogEntry.filter(**of, resource_id=books[0].id).count() == 1
    await night(settings, date(2026, 9, 30))
    assert await LogEntry.filter(**of, resource_id__isnull=False).count() == 0


async def test_what_was_handed_in_goes_sixty_days_after_the_program(school, ada, sam, settings):
    program = await make.program(
        by=ada, challenges=[{"goal": 2, "unit": "activities"}], starts=date(2026, 9, 1), ends=date(2026, 9, 30)
    )
    challenge = await program.challenges.filter(school_id=school.card.id).first()
    of = {"school_id": school.card.id}
    thing = await Activity.create(**of, challenge_id=challenge.id, title="Say why", kind="answer")
    await ActivityDone.create(
        **of,
        person_id=sam.id,
        activity_id=thing.id,
        on=date(2026, 9, 2),
        zone=sam.school.zone,
        entered_at=noon(date(2026, 9, 2)),
        answer="Because of my dog",
        form_key="f",
    )
    await BoardName.create(**of, program_id=program.id, person_id=sam.id, name="Brave Otter", at=dates.now())
    assert await night(settings, date(2026, 11, 29)) == {}
    did = await night(settings, date(2026, 11, 30))
    assert (await ActivityDone.get(**of)).answer == ""
    assert await BoardName.filter(**of).count() == 0
    assert did == {"things handed in for programs taken away": 2}


async def test_names_leave_the_diary_and_the_figures_stay(school, ada, settings):
    await make.past_year(active=3, idle=1)
    of = {"school_id": school.card.id}
    figures = await DailyFigure.filter(**of).order_by("id").values()
    days = await ActiveDay.filter(**of).order_by("id").values()
    assert await Engagement.filter(**of, person_id__isnull=False).count() == 24
    did = await night(settings, date(2025, 8, 31))
    assert did["names taken out of the diary"] == 24
    assert await Engagement.filter(**of, person_id__isnull=False).count() == 0
    assert await Engagement.filter(**of).count() == 24
    assert await YearSalt.filter(**of).count() == 1
    did = await night(settings, date(2025, 9, 30))
    assert did == {"years whose days were made nobody's": 1}
    assert await YearSalt.filter(**of).count() == 0
    assert await DailyFigure.filter(**of).order_by("id").values() == figures
    assert await ActiveDay.filter(**of).order_by("id").values() == days


async def test_who_has_left_leaves_numbers_after_sixty_days_and_is_gone_after_a_year(school, ada, sam, settings):
    await Filling(school.lincoln, ada.id).everything_of(sam, "samsword")
    left = date(2026, 1, 10)
    of = {"school_id": school.card.id}
    await Person.filter(**of, id=sam.id).update(status=Status.GONE, gone_at=noon(left))
    name = "counts of leavers made nobody's"
    assert await HandIn.filter(**of, person_id=sam.id).exists()
    assert name not in await night(settings, left + timedelta(days=60))
    assert await Standing.filter(**of, person_id=sam.id).count() == 1
    assert (await night(settings, left + timedelta(days=61)))[name] == 1
    assert await Standing.filter(**of, person_id=sam.id).count() == 0
    assert await Standing.filter(**of, person__status=Status.NOBODY).count() == 1
    gone = [table for table in REGISTER if table.kept is Kept.GONE]
    assert len(gone) > 2
    left_over = [table.name for table in gone if await model_of(table.name).filter(**of, person_id=sam.id).exists()]
    assert left_over == []  # what is said to be deleted by then is
    review = await Review.filter(**of, text="samsword").order_by("id").first()
    assert review is not None  # it stays, as a reader's
    assert review.person_id is None  # type: ignore[attr-defined]
    assert (await Person.get(**of, id=sam.id)).name == "Sam"
    assert name not in await night(settings, left + timedelta(days=62))

    assert "accounts of leavers erased" not in await night(settings, date(2027, 1, 10))
    assert (await night(settings, date(2027, 1, 11)))["accounts of leavers erased"] == 1
    assert not await Person.filter(**of, id=sam.id).exists()


async def test_who_left_before_the_time_was_shortened_is_not_passed_over(school, ada, sam, settings):
    await Filling(school.lincoln, ada.id).everything_of(sam, "samsword")
    of = {"school_id": school.card.id}
    left = date(2026, 1, 10)
    await Person.filter(**of, id=sam.id).update(status=Status.GONE, gone_at=noon(left))
    await night(settings, left + timedelta(days=58))
    await Retention.create(**of, **asdict(replace(LONGEST, left_days=5)), changed_at=noon(left))
    assert (await night(settings, left + timedelta(days=59)))["counts of leavers made nobody's"] == 1


async def test_a_school_where_something_fails_keeps_no_other_waiting(school, settings):
    async def act(school_id: int, ended: Over) -> int:
        if school_id == school.lincoln.id:
            raise ValueError("something is wrong at Lincoln")
        return 7

    with every_school("as the worker does"):
        with pytest.raises(ExceptionGroup, match="not taken away at 1 schools"):
            await retention.keep_retention(
                [Chore("things", act)], REGISTER, settings.secret_key, settings.data_folder, noon(date(2026, 3, 1))
            )
        runs = {run.school_id: json.loads(run.did)["things"] for run in await RetentionRun.all()}
    assert set(runs.values()) == {7}
    assert school.lincoln.id not in runs
    assert len(runs) == await School.all().count() - 1


async def test_what_was_handed_in_to_teachers_goes_by_the_limits_of_the_school(school, sam, settings):
    of = {"school_id": school.card.id}
    today = date(2026, 11, 29)
    curated = await make.curated_list(by=school.ada, published=True)
    for title, due_on, on in (
        ("over", date(2026, 11, 18), date(2026, 11, 17)),
        ("not yet", date(2026, 11, 19), date(2026, 11, 17)),
        ("of last year", None, date(2026, 7, 30)),
        ("of this year", None, date(2026, 8, 2)),
    ):
        asked = await Assignment.create(
            **of, school_class_id=school.room.id, curated_id=curated.id, kind="all", shows_from=on, due_on=due_on
        )
        handed = {"assignment_id": asked.id, "title": title, "on": on, "at": noon(on), "form_key": title}
        await HandIn.create(**of, person_id=sam.id, **handed)
    chore = "titles handed in to teachers deleted"
    assert (await night(settings, today))[chore] == 1
    await Retention.create(**of, **asdict(replace(LONGEST, handed_in_days=10)), changed_at=noon(today))
    assert (await night(settings, today))[chore] == 1
    left = await HandIn.filter(**of).order_by("title").values_list("title", flat=True)
    assert left == ["not yet", "of this year"]


async def test_sessions_and_the_audit_go_in_their_time(school, sam, ada, settings):
    today = date(2026, 11, 29)
    of = {"school_id": school.card.id}
    for days in (20, 40):
        at = noon(today - timedelta(days=days))
        await Session.create(
            token_hash=f"{days:064}", person_id=sam.id, made_at=at, seen_at=at, ends_at=noon(today) + timedelta(days=9)
        )
    for months in (11, 12, 13):
        await AuditEntry.create(**of, at=noon(months_back(today, months)), by_id=ada.id, act=f"{months} months ago")
    did = await night(settings, today + timedelta(days=1))
    assert did == {"old sign-ins deleted": 1, "old entries of the audit deleted": 2}
    assert await AuditEntry.filter(**of).values_list("act", flat=True) == ["11 months ago"]


async def test_a_school_that_keeps_things_for_a_shorter_time_keeps_no_other_school_to_it(school, sam, settings):
    remy = school.remy
    for person in (sam, remy):
        await entry(person, date(2026, 9, 1), "Owl Moon")
    limits = {name: getattr(LONGEST, name) for name in Limits.__dataclass_fields__} | {"titles_months": 1}
    await Retention.create(school_id=school.card.id, changed_at=dates.now(), **limits)
    assert await night(settings, date(2026, 10, 15)) == {"titles made numbers": 1}
    assert await LogEntry.filter(school_id=remy.school.id, title="Owl Moon").count() == 1


async def test_a_title_that_became_a_number_is_read_as_one_and_asked_of_nobody(browser, school, sam, ada, settings):
    for person in (sam, *[await make.student(f"Child {number}") for number in range(6)]):
        await entry(person, dates.today(sam.school.zone) - timedelta(days=200), "Owl Moon")
    await Retention.create(
        school_id=school.card.id,
        changed_at=dates.now(),
        **{name: getattr(LONGEST, name) for name in Limits.__dataclass_fields__} | {"titles_months": 1},
    )
    await night(settings, dates.today("UTC"))
    rows = (await entries_of(sam)).rows
    assert rows[0]["title"].startswith("Title 1 of ")
    page = await browser.sign_in(ada).get("/curate/typed-titles")
    assert "title 1 of" not in words_of(page).lower()
    assert await ResourceProgress.filter(school_id=school.card.id).count() == 0


async def test_an_admin_makes_it_shorter_and_never_longer(browser, school, alma, ada, vera):
    for nobody in (ada, vera):
        assert (await browser.sign_in(nobody).get("/admin/privacy")).status_code in (403, 404)
    page = await browser.sign_in(alma).get("/admin/privacy")
    assert page.status_code == 200
    now = {name: getattr(LONGEST, name) for name in Limits.__dataclass_fields__}
    shorter = await browser.post("/admin/privacy", now | {"titles_days": 10})
    assert shorter.status_code == 303
    longer = await browser.post("/admin/privacy", now)
    assert longer.status_code == 422
    assert "This can only get shorter. It is 10 now." in words_of(longer)
    assert (await Retention.get(school_id=school.card.id)).titles_days == 10
    assert await AuditEntry.filter(school_id=school.card.id, detail="titles days: 10").count() == 1


async def test_the_public_page_says_it_from_the_register_with_the_schools_numbers(browser, school, alma, settings):
    read = words_of(await browser.get("/privacy"))
    assert "Until 30 days after the school year, 13 months at most." in read
    for table in REGISTER:
        if table.references:
            assert table.purpose in read.replace("&#39;", "'"), table.name
    await browser.sign_in(alma).post(
        "/admin/privacy", {name: getattr(LONGEST, name) for name in Limits.__dataclass_fields__} | {"titles_days": 7}
    )
    await night(settings, dates.today("UTC"))
    read = words_of(await browser.sign_out().get("/privacy"))
    assert "Until 7 days after the school year" in read
    assert "was last taken away on" in read
    assert (await browser.get("/what-we-keep")).status_code == 404  # one page, so that no other says it differently


async def test_the_register_is_taken_away_column_by_column(browser, alma):
    answer = await browser.sign_in(alma).get("/admin/privacy/register.csv")
    lines = answer.text.splitlines()
    assert len(lines) == 1 + sum(len(table.columns) for table in REGISTER)
    assert any(line.startswith("log_entry,title,yes,") for line in lines)


async def test_a_night_in_which_nothing_is_over_changes_nothing(school, settings, ada, sam):
    before = {key: row for key, row in (await every_row()).items() if key[0] != "retention_run"}
    await night(settings, dates.today("UTC"))
    after = {key: row for key, row in (await every_row()).items() if key[0] != "retention_run"}
    assert after == before
