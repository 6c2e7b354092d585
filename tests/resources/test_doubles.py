"""Two resources become one: what stays, what follows, and that an import does not part them. Source: PRODUCT.md, 2."""

import asyncio
import json
from datetime import timedelta
from typing import Any

from engage import dates
from engage.classes.actions import Asked, Whom, assign
from engage.classes.models import AssignmentItem
from engage.classes.rules import AssignmentKind
from engage.database.job_model import Job
from engage.database.tenancy import every_school
from engage.engagement.rules import Mode
from engage.errors import NotFound
from engage.lists import editing, undoing
from engage.lists.models import CuratedList, ListItem, Revision
from engage.people.models import AuditEntry, Person
from engage.programs.actions import save
from engage.programs.following import count_merged
from engage.programs.log_actions import finish
from engage.programs.models import (
    Award,
    Challenge,
    ChallengeResource,
    Enrolment,
    EntryVoid,
    LogEntry,
    Progress,
    ResourceProgress,
    Saved,
    Standing,
)
from engage.programs.rebuild import rebuild, recount
from engage.resources import doubles, notes, requests
from engage.resources.catalogue import import_marc
from engage.resources.incoming_models import Import
from engage.resources.models import Cover, Holding, Identifier, Link, PurchaseRequest, Resource, SelectionNote
from engage.resources.requests import Title
from engage.resources.rules import Format, RequestState, ResourceState
from engage.resources.taking_back import take_back_import
from tests import make
from tests.resources.marc_records import book, iso2709, record
from tests.resources.merging import make_one, two
from tests.school import words_of

CHILDREN = 120
TWO = {"title": "Two", "rule": json.dumps({"rule": "total", "unit": "titles", "goal": 2})}


async def test_the_one_that_stays_has_what_both_had(browser, school, ada):
    gone, stays = await two()
    page = await browser.follow(await make_one(browser, ada, gone, stays))
    assert "They are one now: Owl Moon." in words_of(page)
    of: dict[str, Any] = {"school_id": school.card.id, "resource_id": stays.id}
    one = await Resource.get(school_id=school.card.id, id=stays.id)
    assert (one.title, one.format, one.year, one.summary, one.minutes) == (
        "Owl Moon", Format.BOOK, 1987, "A walk in the snow.", 20
    )  # fmt: skip
    assert (one.here, one.online, one.available, one.popularity, one.other_titles) == (
        True,
        True,
        True,
        4,
        "Owl moon: a story",
    )
    assert one.subjects == "owls; Winter"
    assert sorted(await Identifier.filter(**of).values_list("value", flat=True)) == [
        "87001234",
        "9780316381994",
        "9780399214578",
    ]
    assert sorted(await Holding.filter(**of).values_list("call_number", flat=True)) == ["CD YOL", "E YOL"]
    assert await Link.filter(**of).values_list("url", "provider") == [("https://a.example/", "")]
    assert one.editions == ",r h-a book,l hoa audiobook,"
    words = words_of(page)
    for said in ("Book Call number E YOL", "Audiobook Call number CD YOL", "Audiobook Listen at a.example", "Winter"):
        assert said in words, said
    other = await Resource.get(school_id=school.card.id, id=gone.id)
    assert (other.state, other.merged_into_id, other.here) == (ResourceState.MERGED, stays.id, False)
    assert await Identifier.filter(school_id=school.card.id, resource_id=gone.id).count() == 0


async def test_the_old_address_leads_to_the_one_it_became_for_good(browser, school, ada):
    gone, stays = await two()
    third = await make.resource("Owl Moon, again")
    await make_one(browser, ada, gone, stays)
    await make_one(browser, ada, stays, third)
    for who in (None, school.sam, school.tom, ada):
        for old in (gone, stays):
            answer = await browser.sign_in(who).get(f"/resources/{old.key}")
            assert (answer.status_code, answer.headers["location"]) == (301, f"/lincoln/resources/{third.key}")
    # nowhere else is it found, and what is not for a reader stays unknown
    for path in ("/search?q=owl", "/curate/resources", "/curate/resources?state=withdrawn", "/curate/doubles"):
        text = (await browser.sign_in(ada).get(path)).text
        assert (gone.key in text, stays.key in text) == (False, False), path
    for path in ("edit", "note", "twice", f"twice/{third.key}"):
        assert (await browser.get(f"/curate/resources/{gone.key}/{path}")).status_code == 404, path
    assert (await browser.post(f"/curate/resources/{gone.key}/offer")).status_code == 404
    await browser.post(f"/curate/resources/{third.key}/offer")
    assert (await browser.sign_in(school.sam).get(f"/resources/{gone.key}")).status_code == 404
    assert (await browser.sign_in(school.rosa).get(f"/roosevelt/resources/{gone.key}")).status_code == 404


async def test_two_people_who_merge_both_ways_leave_one(browser, school, ada):
    gone, stays = await two()
    answers = await asyncio.gather(
        doubles.merge(gone.key, stays.key, by=ada, followers=()),
        doubles.merge(stays.key, gone.key, by=ada, followers=()),
        return_exceptions=True,
    )
    assert [type(each) for each in answers if not isinstance(each, str)] == [NotFound]
    assert await Resource.filter(school_id=school.card.id, state=ResourceState.OFFERED).count() == 1


async def test_lists_have_it_once_with_what_was_written_of_both(browser, school, ada):
    gone, stays = await two()
    others = await make.resources(3)
    both = await make.curated_list(
        by=ada, title="Both", items=[others[0], gone, others[1], stays, others[2]], published=True
    )
    only = await make.curated_list(by=ada, title="Only the one", items=[gone, others[0]], published=True)
    await make_one(browser, ada, gone, stays)
    rows = ListItem.filter(school_id=school.card.id, curated_id=both.id).order_by("position")
    assert await rows.values_list("resource_id", "position") == [
        (others[0].id, 1), (others[1].id, 2), (stays.id, 3), (others[2].id, 4)
    ]  # fmt: skip
    mine = await rows.get(resource_id=stays.id)
    assert mine.annotation == "Why Owl Moon is here. Why Owl moon: a story is here."
    counted = await CuratedList.get(school_id=school.card.id, id=both.id)
    assert (counted.items_count, counted.listening, counted.version) == (4, 1, both.version + 1)
    assert await ListItem.filter(school_id=school.card.id, curated_id=only.id).order_by("position").values_list(
        "resource_id", "annotation"
    ) == [(stays.id, "Why Owl moon: a story is here."), (others[0].id, f"Why {others[0].title} is here.")]
    acts = Revision.filter(school_id=school.card.id, curated_id=only.id).order_by("-number")
    assert (await acts.first()).act == "merged"
    words = words_of(await browser.sign_in(school.sam).get("/lists/only-the-one"))
    assert ("Owl Moon Jane Yolen" in words, "Owl moon: a story Jane" in words) == (True, False)


async def test_what_was_taken_off_a_list_before_comes_back_as_the_one_it_became(browser, school, ada):
    gone, stays = await two()
    curated = await make.curated_list(by=ada, title="Both", items=[gone])
    item = await ListItem.get(school_id=school.card.id)
    number = await editing.remove_item(curated.key, item.key, by=ada)
    await make_one(browser, ada, gone, stays)
    assert await undoing.put_back(curated.key, number, by=ada) == "Back on the list: Owl Moon."
    assert (await ListItem.get(school_id=school.card.id)).resource_id == stays.id


async def test_what_students_logged_and_saved_follows_and_is_counted(browser, school, ada, sam, tom):
    gone, stays = await two()
    nina = await make.student("Nina")
    other = await make.resource("Another")
    curated = await make.curated_list(by=ada, title="Owls", items=[gone, other], published=True)
    program = await make.program(
        by=ada, challenges=[{"goal": 2, "curated_id": curated.id, "curated": curated, "required": gone.key}]
    )
    for student in (sam, nina):
        await make.enrolment(program, student)
        await save(gone.key, by=student)
    await save(stays.key, by=nina)
    room = school.room
    await assign(curated.key, Whom((room.key,)), Asked(AssignmentKind.ALL), by=tom)
    await finish(gone.key, by=sam)
    await finish(stays.key, by=nina)
    await finish(other.key, by=nina)
    before = await Progress.filter(school_id=school.card.id).order_by("person_id").values_list("amount", flat=True)
    assert before == [1, 1]
    assert (await make_one(browser, ada, gone, stays)).status_code == 303
    await recount(school.card.id, program.id)
    await count_merged(school.card.id, gone.id)

    of: dict[str, Any] = {"school_id": school.card.id}
    assert await LogEntry.filter(**of, resource_id=gone.id).count() == 0
    saved = Saved.filter(**of).order_by("person_id").values_list("person_id", "resource_id")
    assert await saved == [(sam.id, stays.id), (nina.id, stays.id)]
    assert (await Challenge.get(**of)).required == stays.key
    places = ResourceProgress.filter(**of, resource_id=stays.id).order_by("person_id")
    assert await places.values_list("person_id", "state") == [(sam.id, "finished"), (nina.id, "finished")]
    assert await ResourceProgress.filter(**of, resource_id=gone.id).count() == 0
    assert await Progress.filter(**of).order_by("person_id").values_list("amount", flat=True) == [1, 2]
    assert await ChallengeResource.filter(**of, resource_id=gone.id).count() == 0
    asked = await AssignmentItem.filter(**of).order_by("position").values_list("resource_id", flat=True)
    assert asked == [stays.id, other.id]
    assert await rebuild(school.card.id) == []


async def test_a_title_that_a_whole_school_logged_is_merged_at_once_and_counted_by_a_job(
    browser, school, ada, statements
):
    gone, stays = await two()
    program = await make.program(by=ada, challenges=[{"unit": "titles", "goal": 2}], badges=[TWO])
    of: dict[str, Any] = {"school_id": school.card.id}
    rows = [Person(name=f"Child {n}", district_id=school.lincoln.district_id, **of, grade=3) for n in range(CHILDREN)]
    await Person.bulk_create(rows)
    people = await Person.filter(**of, name__startswith="Child").order_by("id").values_list("id", flat=True)
    took_part = {**of, "program_id": program.id, "joined_on": program.starts, "joined_at": dates.now()}
    await Enrolment.bulk_create([Enrolment(**took_part, person_id=number) for number in people])
    today = dates.today(school.lincoln.zone)
    # all began what goes and a third finished it; the first twelve finished both, of whom two took one back
    await LogEntry.bulk_create(
        [
            LogEntry(**of, person_id=number, resource_id=thing.id, on=today, zone=school.lincoln.zone, minutes=20,
                     entered_at=dates.now(), mode=Mode.READING, form_key=f"{thing.id}", ending=ending)
            for place, number in enumerate(people)
            for thing, ending in ((gone, "" if place % 3 else "finished"), (stays, "finished"))
            if thing is gone or place < 36
        ]
    )  # fmt: skip
    for entry in await LogEntry.filter(**of, resource_id=gone.id, ending="finished").order_by("id").limit(2):
        await EntryVoid.create(**of, entry_id=entry.id, at=dates.now())
    await rebuild(school.card.id)
    page = words_of(await browser.sign_in(ada).get(f"/curate/resources/{stays.key}/twice/{gone.key}"))
    assert "10 students have finished both. In their counts that is one title then, not two," in page

    async def outcomes() -> list[Any]:
        found = Standing.filter(**of).order_by("person_id").values_list("titles", "completed_on", "last_on")
        return [await found, await Award.filter(**of).order_by("person_id").values_list("person_id", "state")]

    before = await outcomes()
    assert [state for _, state in before[1]].count("earned") == 10
    statements.forget()
    assert (await make_one(browser, ada, gone, stays)).status_code == 303
    assert len(statements) < CHILDREN
    # nobody was counted, and nothing speaks any more of what went, but where somebody has both
    assert await outcomes() == before
    assert await LogEntry.filter(**of, resource_id=gone.id).count() == 0
    assert await ResourceProgress.filter(**of, resource_id=gone.id).count() == 34
    assert await ResourceProgress.filter(**of, resource_id=stays.id).count() == CHILDREN
    with every_school("the table of jobs"):
        jobs = await Job.filter(name="count_merged").values_list("args", flat=True)
    # what was on its way while the two were made one is counted as well
    late = await LogEntry.filter(**of, resource_id=stays.id, person_id=people[-1]).first()
    await LogEntry.filter(**of, id=late.id).update(resource_id=gone.id)
    for _ in range(2):
        assert await count_merged(**json.loads(jobs[0])) == CHILDREN
        after = await outcomes()
        assert [titles for titles, *_ in after[0]].count(1) == 36 + (CHILDREN - 36) // 3
        assert after[1] == []
        assert await ResourceProgress.filter(**of, resource_id=gone.id).count() == 0
    assert await rebuild(school.card.id) == []


async def test_how_many_finished_both_is_not_told_of_a_few(browser, school, ada, sam):
    gone, stays = await two()
    browser.sign_in(ada)
    said = "Some students may have finished both."
    assert said in words_of(await browser.get(f"/curate/resources/{stays.key}/twice/{gone.key}"))
    for thing in (gone, stays):
        await finish(thing.key, by=sam)
    assert said in words_of(await browser.get(f"/curate/resources/{stays.key}/twice/{gone.key}"))


async def test_an_assignment_of_both_asks_for_it_once(browser, school, ada, tom):
    gone, stays = await two()
    curated = await make.curated_list(by=ada, title="Owls", items=[gone, stays], published=True)
    both = Asked(AssignmentKind.CHOSEN, chosen=(gone.key, stays.key))
    await assign(curated.key, Whom((school.room.key,)), both, by=tom)
    await make_one(browser, ada, gone, stays)
    assert await AssignmentItem.filter(school_id=school.card.id).values_list("resource_id", flat=True) == [stays.id]


async def test_notes_requests_and_the_picture_follow(browser, school, ada, sam):
    gone, stays = await two()
    for made, said, shown in ((gone, "Of the recording.", False), (stays, "Of the book.", True)):
        await notes.write_note(made.key, {**dict.fromkeys(notes.QUESTIONS, ""), "verdict": said}, shown, by=ada)
    key = await requests.ask_for(Title("Owl Moon"), "", by=sam)
    await requests.answer(key, RequestState.BOUGHT, "", gone.key, by=ada)
    await Cover.create(school_id=school.card.id, resource_id=gone.id, digest="d", tried_at=dates.now())
    await Cover.create(school_id=school.card.id, resource_id=stays.id, tried_at=dates.now() - timedelta(days=1))
    await Resource.filter(school_id=school.card.id, id=gone.id).update(picture="0123456789abc")
    await make_one(browser, ada, gone, stays)
    note = await SelectionNote.get(school_id=school.card.id)
    assert (note.resource_id, note.verdict, note.shown) == (stays.id, "Of the book.\nOf the recording.", False)
    assert (await PurchaseRequest.get(school_id=school.card.id)).resource_id == stays.id
    assert (await Resource.get(school_id=school.card.id, id=stays.id)).picture == "0123456789abc"
    assert await Cover.filter(school_id=school.card.id).values_list("resource_id", "digest") == [(stays.id, "d")]
    row = await AuditEntry.get(school_id=school.card.id, act="made two resources one")
    assert (row.subject, row.by_id) == (stays.key, ada.id)


async def test_what_a_person_wrote_of_the_one_that_goes_is_kept_where_it_is_taken_over(browser, school, ada):
    gone, stays = await two()
    await Resource.filter(school_id=school.card.id, id=gone.id).update(kept="summary,title")
    await Resource.filter(school_id=school.card.id, id=stays.id).update(kept="creators")
    await make_one(browser, ada, gone, stays)
    assert (await Resource.get(school_id=school.card.id, id=stays.id)).kept == "creators,summary"


async def test_an_import_brings_copies_to_the_one_it_became_and_parts_nothing(browser, school, ada, tmp_path):
    path = tmp_path / "records.mrc"

    def spoken(*more: Any, number: str = "") -> Any:
        """A recording under a longer title, with a number of the library's own or without."""
        own = (("001", number), ("003", "LINC")) if number else ()
        return record(*own, ("020", "  ", "a", "9780316381994"), ("100", "1 ", "a", "Yolen, Jane."),
                      ("245", "10", "a", "Owl moon :", "b", "a story /"), *more, kind="im")  # fmt: skip

    async def bring(*records: Any) -> Any:
        path.write_bytes(iso2709(*records))
        return await import_marc(school.card.id, path, dry_run=False, by_id=ada.id)

    await bring(book(1, "Owl moon", ("852", "  ", "h", "E YOL")), spoken(number="77"))
    first, second = await Resource.filter(school_id=school.card.id).order_by("id")
    assert (first.mode, second.mode) == (Mode.READING, Mode.LISTENING)
    await make_one(browser, ada, second, first)
    # by its own number; and by its ISBN, title and kind where it comes without one
    for recording in (spoken(("852", "  ", "h", "CD YOL"), number="77"), spoken(("852", "  ", "h", "CD 2"))):
        report = await bring(recording)
        assert (report.added, report.changed) == (0, 1)
    assert await Resource.filter(school_id=school.card.id).count() == 2
    calls = Holding.filter(school_id=school.card.id, resource_id=first.id, gone_at__isnull=True)
    assert {"E YOL", "CD YOL", "CD 2"} <= set(await calls.values_list("call_number", flat=True))
    assert (await Resource.get(school_id=school.card.id, id=second.id)).state is ResourceState.MERGED
    # another recording, with an ISBN of its own, is a thing of its own
    other = record(("020", "  ", "a", "9780439064866"), ("100", "1 ", "a", "Yolen, Jane."),
                   ("245", "10", "a", "Owl moon /"), kind="im")  # fmt: skip
    assert (await bring(other)).added == 1


async def test_an_import_that_is_taken_back_leaves_what_others_were_merged_into(browser, school, ada, tmp_path):
    path = tmp_path / "records.mrc"
    path.write_bytes(iso2709(book(1, "Owl moon"), book(2, "Hoot")))
    await import_marc(school.card.id, path, dry_run=False, by_id=ada.id)
    stays = await Resource.get(school_id=school.card.id, title="Owl moon")
    gone = await make.resource("Owl Moon, by hand", call_number="E YOL")
    await make_one(browser, ada, gone, stays)
    imported = await Import.get(school_id=school.card.id)
    await take_back_import(school.card.id, imported.id)
    states = await Resource.filter(school_id=school.card.id).order_by("id").values_list("state", flat=True)
    assert states == [ResourceState.OFFERED, ResourceState.TAKEN_BACK, ResourceState.MERGED]
    assert (await browser.sign_out().get(f"/resources/{gone.key}")).status_code == 301
