"""A file becomes a catalogue, and the same file again changes nothing. Sources: SAFETY.md, U3; STANDARDS.md, 3.1."""

import asyncio
import csv
import os
from pathlib import Path

import pytest

from engage.database import fold
from engage.errors import Busy
from engage.outside import stream
from engage.resources import actions, catalogue, merging
from engage.resources.catalogue import import_marc, refused_rows, run_import
from engage.resources.incoming_models import Import, ImportRow
from engage.resources.models import Creator, Holding, Identifier, Link, Measure, Resource, Subject
from engage.resources.record import Maker, Written, WrittenPlace, mark_of
from engage.resources.rules import ImportState, Outcome
from tests import make
from tests.data import shared
from tests.patience import until
from tests.resources.marc_records import book, isbn_of, iso2709, marcxml, record
from tests.test_working import children

TABLES = (Resource, Creator, Subject, Identifier, Measure, Holding, Link)


@pytest.fixture
def bring(school, tmp_path):
    """Imports records, or bytes, into Lincoln's catalogue."""

    async def bring(*records, dry_run=False, form=iso2709):
        path = tmp_path / "records.mrc"
        path.write_bytes(records[0] if isinstance(records[0], bytes) else form(*records))
        return await import_marc(school.card.id, path, dry_run=dry_run, by_id=school.ada.id)

    return bring


async def all_rows(school_id: int) -> dict[str, list]:
    """Every row of the catalogue."""
    return {model.__name__: await model.filter(school_id=school_id).order_by("id").values() for model in TABLES}


def counts(report) -> tuple[int, int, int, int, int]:
    return report.records, report.added, report.changed, report.same, report.refused


async def reasons(school, report) -> list[tuple[int, str, str]]:
    rows = ImportRow.filter(school_id=school.card.id, of_import__key=report.key).order_by("number")
    return [
        (number, outcome.value, why) for number, outcome, why in await rows.values_list("number", "outcome", "reason")
    ]


@pytest.mark.parametrize("form", [iso2709, marcxml])
async def test_records_become_resources_with_all_that_stands_beside_them(school, bring, form):
    rich = book(
        2,
        "El búho",
        ("520", "  ", "a", "A girl."),
        ("650", " 1", "a", "Owls."),
        ("852", "  ", "k", "E", "h", "YOL"),
        ("852", "  ", "k", "E", "h", "YOL"),
        ("856", "40", "u", "https://example.org/b"),
        ("521", "8 ", "a", "7L", "b", "L"),
    )
    assert counts(await bring(book(1, "Owl moon"), rich, form=form)) == (2, 2, 0, 0, 0)
    rows = await all_rows(school.card.id)
    assert [row["title"] for row in rows["Resource"]] == ["Owl moon", "El búho"]
    assert [(row["call_number"], row["copies"], row["location"]) for row in rows["Holding"]] == [
        ("", 1, "Library"),
        ("E YOL", 2, "Library"),
    ]
    assert [row["url"] for row in rows["Link"]] == ["https://example.org/b"]
    assert [row["value"] for row in rows["Measure"]] == ["7L"]
    assert {row["name"] for row in rows["Creator"]} == {"Jane Yolen"}


async def test_the_same_file_again_changes_nothing(school, bring):
    records = [book(number, f"Book {number}", ("852", "  ", "h", f"{number}")) for number in range(1, 30)]
    await bring(*records)
    before = await all_rows(school.card.id)
    assert counts(await bring(*records)) == (29, 0, 0, 29, 0)
    assert await all_rows(school.card.id) == before


async def test_a_look_before_writes_nothing_and_says_what_would_be(school, bring):
    await bring(book(1, "Owl moon"))
    before = await all_rows(school.card.id)
    again, new = book(1, "Owl moon", ("520", "  ", "a", "More.")), book(2, "El búho")
    report = await bring(again, new, book(3, "Third"), new, dry_run=True)
    assert counts(report) == (4, 2, 1, 1, 0)
    assert await all_rows(school.card.id) == before
    assert (await Import.get(school_id=school.card.id, key=report.key)).dry_run


async def test_a_changed_record_changes_its_resource_and_nothing_else(school, bring):
    first, other = book(1, "Owl moon", ("852", "  ", "h", "E YOL")), book(2, "El búho")
    await bring(first, other)
    before = await all_rows(school.card.id)
    changed = book(
        1, "Owl moon : a tale", ("520", "  ", "a", "Snow."), ("852", "  ", "h", "E YOL"), ("852", "  ", "h", "E YOL")
    )
    assert counts(await bring(changed, other)) == (2, 0, 1, 1, 0)
    after = await all_rows(school.card.id)
    mine, theirs = after["Resource"]
    assert (mine["title"], mine["summary"], mine["version"]) == ("Owl moon: a tale", "Snow.", 2)
    assert theirs == before["Resource"][1]
    assert sorted(row["copies"] for row in after["Holding"]) == [1, 2]
    assert after["Creator"] == before["Creator"]
    assert mine["key"] == before["Resource"][0]["key"]


async def test_what_a_person_wrote_is_kept(school, bring):
    await bring(book(1, "Owl moon", ("520", "  ", "a", "Old.")))
    mine = await Resource.get(school_id=school.card.id)
    mine.title, mine.kept = "The owl's moon", "title,creators"
    await mine.save(update_fields=["title", "kept"])
    await Creator.filter(school_id=school.card.id).update(name="J. Yolen")

    await bring(book(1, "Owl moon", ("520", "  ", "a", "New.")))
    after = await Resource.get(school_id=school.card.id)
    assert (after.title, after.summary) == ("The owl's moon", "New.")
    assert "ᵗowl ᵗs ᵗmoon" in after.search_text
    assert await Creator.filter(school_id=school.card.id).values_list("name", flat=True) == ["J. Yolen"]
    assert counts(await bring(book(1, "Owl moon", ("520", "  ", "a", "New."))))[3] == 1


async def test_a_copy_that_the_record_names_no_more_is_marked_gone_and_comes_back(school, bring):
    def owl(*calls):
        return book(1, "Owl moon", *(("852", "  ", "h", call) for call in calls))

    async def standing():
        rows = Holding.filter(school_id=school.card.id, gone_at__isnull=True)
        return sorted(await rows.values_list("call_number", flat=True))

    await bring(owl("E YOL", "BIG YOL"))
    assert await standing() == ["BIG YOL", "E YOL"]
    assert counts(await bring(owl("E YOL"), book(2, "Other"))) == (2, 1, 1, 0, 0)
    assert await standing() == ["", "E YOL"]
    assert await Holding.filter(school_id=school.card.id).count() == 3
    await bring(owl("E YOL", "BIG YOL"))
    assert await standing() == ["", "BIG YOL", "E YOL"]


async def test_a_shelf_that_a_person_wrote_is_neither_doubled_nor_marked_gone(school, bring):
    await bring(book(1, "Owl moon", ("852", "  ", "h", "E YOL")))
    mine = await Resource.get(school_id=school.card.id)
    mark = mark_of((await Holding.get(school_id=school.card.id)).id)
    place = WrittenPlace("BIG YOL", "Library", 1, mark=mark)
    written = Written("Owl moon", makers=(Maker("Jane Yolen"),), places=(place,))
    await actions.change_resource(mine.key, written, by=school.ada)

    await bring(book(1, "Owl moon", ("852", "  ", "h", "FIC YOL"), ("520", "  ", "a", "Snow.")))
    standing = Holding.filter(school_id=school.card.id, gone_at__isnull=True)
    assert await standing.values_list("call_number", flat=True) == ["BIG YOL"]
    after = await Resource.get(school_id=school.card.id)
    assert (after.summary, after.here) == ("Snow.", True)


@pytest.mark.parametrize(("note", "open_to_all"), [((), True), (("z", "Sign in first"), False)])
async def test_a_resource_without_any_copy_left_is_no_more_here(school, bring, note, open_to_all):
    online = ("856", "40", "u", "https://example.org/b", *note)
    await bring(book(1, "Owl moon", online, ("852", "  ", "h", "E"), fixed="s2001    nyu     o"))
    await bring(book(1, "Owl moon", online, fixed="s2001    nyu     o"))
    mine = await Resource.get(school_id=school.card.id)
    assert (mine.here, mine.online, mine.available) == (False, True, open_to_all)


async def test_a_resource_whose_last_copy_is_gone_is_to_be_had_no_more(school, bring):
    await bring(book(1, "Owl moon", ("852", "  ", "h", "E YOL")))
    assert (await Resource.get(school_id=school.card.id)).available
    await Holding.filter(school_id=school.card.id).update(available=0)
    await bring(book(1, "Owl moon", ("852", "  ", "h", "BIG YOL")))
    mine = await Resource.get(school_id=school.card.id)
    assert (mine.here, mine.available) == (True, True)
    await Holding.filter(school_id=school.card.id, gone_at__isnull=True).update(available=0)
    await bring(book(1, "Owl moon", ("852", "  ", "h", "BIG YOL"), ("520", "  ", "a", "Snow.")))
    assert not (await Resource.get(school_id=school.card.id)).available


async def test_a_record_of_another_library_adds_to_what_is_there_and_owns_nothing(school, bring):
    await bring(book(1, "Owl moon", ("520", "  ", "a", "Ours.")))
    theirs = record(
        ("001", "99"),
        ("003", "OTHER"),
        ("020", "  ", "a", isbn_of(1)),
        ("245", "10", "a", "Owl moon"),
        ("520", "  ", "a", "Theirs."),
        ("852", "  ", "h", "E OWL"),
    )
    report = await bring(theirs)
    assert counts(report) == (1, 0, 1, 0, 0)
    mine = await Resource.get(school_id=school.card.id)
    assert mine.summary == "Ours."
    assert sorted(await Holding.filter(school_id=school.card.id).values_list("call_number", flat=True)) == ["", "E OWL"]
    # each file again changes nothing, in whatever order
    assert counts(await bring(theirs, book(1, "Owl moon", ("520", "  ", "a", "Ours."))))[3] == 2


async def test_a_record_that_comes_twice_in_a_file_is_one_resource(school, bring):
    copies = [book(1, "Owl moon", ("852", "  ", "h", "E YOL", "b", room)) for room in ("North", "South", "East")]
    report = await bring(*copies, copies[0])
    assert counts(report) == (4, 1, 2, 1, 0)
    assert await Resource.filter(school_id=school.card.id).count() == 1
    assert await Holding.filter(school_id=school.card.id, gone_at__isnull=True).count() == 3
    assert counts(await bring(*copies, copies[0])) == (4, 0, 0, 4, 0)


async def test_bad_records_are_named_with_number_and_reason_and_stop_nothing(school, bring):
    good = [iso2709(book(number, f"Book {number}")) for number in range(1, 4)]
    nameless = iso2709(record(("001", "5"), ("100", "1 ", "a", "Nobody")))
    report = await bring(good[0] + b"00030nonsense" + b"x" * 20 + b"\x1d" + good[1] + nameless + good[2][:-9])
    assert counts(report) == (5, 2, 0, 0, 3)
    assert [(row["number"], row["reason"]) for row in await refused_rows(school.card.id, report.key)] == [
        (2, "Its directory cannot be read."),
        (4, "It has no title (field 245)."),
        (5, "It ends before its end mark: the file was cut off."),
    ]


async def test_what_was_odd_about_a_record_stands_in_the_report(school, bring):
    raw = iso2709(book(1, "Owl moon"))
    report = await bring(b"99999" + raw[5:])
    assert await reasons(school, report) == [(1, "added", "Its length field is wrong.")]


async def test_a_file_that_is_none_fails_with_a_sentence(school, bring):
    report = await bring(b"Title;Author\n")
    assert (counts(report), report.problem) == ((0, 0, 0, 0, 0), "This is neither MARC nor MARCXML.")
    assert (await Import.get(school_id=school.card.id)).state is ImportState.FAILED


async def test_each_school_has_its_own_catalogue(school, bring, tmp_path):
    await bring(book(1, "Owl moon"))
    report = await import_marc(school.roosevelt.id, tmp_path / "records.mrc")
    assert counts(report) == (1, 1, 0, 0, 0)
    assert await Resource.filter(school_id=school.card.id).count() == 1


async def test_an_import_that_was_killed_goes_on_where_it_was(school, bring, tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "UNIT", 10)
    real, done = catalogue.put_in, []

    async def killed(run, items):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(items)
        await real(run, items)

    records = [book(number, f"Book {number}", ("852", "  ", "h", f"{number}")) for number in range(1, 41)]
    monkeypatch.setattr(catalogue, "put_in", killed)
    with pytest.raises(KeyboardInterrupt):
        await bring(*records)
    monkeypatch.setattr(catalogue, "put_in", real)

    half = await Import.get(school_id=school.card.id)
    assert (half.state, half.done, half.added) == (ImportState.RUNNING, 20, 20)
    report = await run_import(school.card.id, half.id, tmp_path / "records.mrc")
    assert counts(report) == (40, 40, 0, 0, 0)
    assert [row[0] for row in await reasons(school, report)] == list(range(1, 41))
    assert await Resource.filter(school_id=school.card.id).count() == 40


async def test_the_next_unit_is_made_ready_while_one_is_written(bring, monkeypatch):
    monkeypatch.setattr(catalogue, "UNIT", 10)
    prepare, put_in, ready = catalogue.prepare, catalogue.put_in, []

    def prepared(run, item):
        prepare(run, item)
        ready.append(item)

    async def waits(run, items):
        last = items[-1].number
        await until(lambda: len(ready) >= min(last + 10, 35))
        assert len(ready) <= last + 10  # but no more than one
        await put_in(run, items)

    monkeypatch.setattr(catalogue, "prepare", prepared)
    monkeypatch.setattr(catalogue, "put_in", waits)
    assert counts(await bring(*(book(number, f"Book {number}") for number in range(1, 36)))) == (35, 35, 0, 0, 0)


async def test_no_reader_is_left_by_an_import_that_breaks_off(bring, monkeypatch):
    async def broken(*_):
        raise RuntimeError

    before = set(children(os.getpid()))
    monkeypatch.setattr(catalogue, "UNIT", 10)
    monkeypatch.setattr(catalogue, "put_in", broken)
    with pytest.raises(RuntimeError):
        await bring(*(book(number, f"Book {number}") for number in range(1, 100)))
    assert set(children(os.getpid())) <= before


async def test_a_slow_machine_writes_smaller_units(school, bring, monkeypatch):
    real, sizes = catalogue.put_in, []

    async def slow(run, items):
        sizes.append(len(items))
        if len(items) > 100:
            raise Busy
        await real(run, items)

    monkeypatch.setattr(catalogue, "put_in", slow)
    report = await bring(*(book(number, f"Book {number}") for number in range(1, 231)))
    assert counts(report) == (230, 230, 0, 0, 0)
    assert max(size for size in sizes[1:]) <= 230
    assert sizes[-1] <= 62


async def test_a_unit_that_fails_leaves_neither_resources_nor_report(school, bring, monkeypatch):
    async def full(*_):
        raise Busy

    monkeypatch.setattr(merging, "_report", full)
    monkeypatch.setattr(catalogue, "PAUSE_SECONDS", 0.0)
    with pytest.raises(Busy):
        await bring(book(1, "Owl moon"))
    assert await Resource.filter(school_id=school.card.id).count() == 0


async def test_a_record_that_kills_the_reader_costs_itself(school, bring, monkeypatch):
    real = stream.lines

    def lines(program, file):
        return real((str(Path(__file__).with_name("killing_worker.py")), *program[2:]), file, wall=3.0)

    monkeypatch.setattr(stream, "lines", lines)
    report = await bring(*(book(number, f"Book {number}") for number in range(1, 8)))
    assert counts(report) == (7, 4, 0, 0, 3)
    assert [(row["number"], row["reason"]) for row in await refused_rows(school.card.id, report.key)] == [
        (2, "It stopped the reader."),
        (4, "It took too long to read."),
        (6, "It stopped the reader."),
    ]


@pytest.mark.slow
async def test_thousands_of_records_are_brought_in_and_brought_in_again(school, tmp_path):
    """The issue's own file: none lost in silence, and a second run changes nothing. Times: tests/bench/imports.py."""
    path = shared("marc-bulk/lc_juvenile_a.mrc")
    told: list[int] = []
    first = await import_marc(school.card.id, path, progress=told.append)
    assert counts(first) == (7000, 6998, 2, 0, 0)
    assert told == sorted(told)
    assert (len(told) > 10, told[-1]) == (True, 7000)
    with_isbn = Identifier.filter(school_id=school.card.id, scheme="isbn")
    assert await with_isbn.count() > 6_898
    assert await Holding.filter(school_id=school.card.id, call_number="").count() == 0

    # the notes in lists-awards were drawn out of the same and other records by somebody else
    with shared("lists-awards/lc_award_notes_a.csv").open(newline="", encoding="utf-8") as file:
        noted = {fold.words(row["title"])[0] for row in csv.DictReader(file)}
    awarded = await Subject.filter(school_id=school.card.id, kind="award").values_list("resource__title", flat=True)
    assert {fold.words(title)[0] for title in awarded} <= noted
    assert len(awarded) >= 10

    before = await Resource.filter(school_id=school.card.id).order_by("id").values("id", "version", "changed_at")
    second = await import_marc(school.card.id, path)
    assert counts(second) == (7000, 0, 0, 7000, 0)
    assert (
        await Resource.filter(school_id=school.card.id).order_by("id").values("id", "version", "changed_at") == before
    )


async def test_pages_are_answered_while_a_file_is_read(school, tmp_path):
    path = tmp_path / "records.mrc"
    path.write_bytes(iso2709(*(book(number, f"Book {number}") for number in range(1, 1_200))))
    longest, running = 0.0, asyncio.create_task(import_marc(school.card.id, path))
    loop = asyncio.get_running_loop()
    while not running.done():
        before = loop.time()
        await Resource.filter(school_id=school.card.id).count()
        longest = max(longest, loop.time() - before)
        await asyncio.sleep(0.01)
    assert (await running).added == 1_199
    assert longest < 2.0  # a unit of work at most, on a machine that does other things too


async def test_a_resource_that_a_person_made_takes_the_numbers_of_a_record(school, bring):
    made = await make.resource("Owl moon", creator="Jane Yolen")
    report = await bring(book(1, "Owl moon", ("852", "  ", "h", "E YOL")))
    assert counts(report) == (1, 0, 1, 0, 0)
    assert await Resource.filter(school_id=school.card.id).count() == 1
    assert await Identifier.filter(school_id=school.card.id, resource_id=made.id, scheme="isbn").count() == 1
    assert await ImportRow.filter(school_id=school.card.id, outcome=Outcome.CHANGED, resource_id=made.id).count() == 1
