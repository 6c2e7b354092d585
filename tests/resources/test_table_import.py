"""Tables, exports and ISBNs come in, and go again whole. Sources: SAFETY.md, U3; STANDARDS.md, 5.4."""

import asyncio
import json
from dataclasses import replace

import pytest

from engage import dates
from engage.errors import NotFound, Refused
from engage.resources import asking, importing, remembering, taking_back
from engage.resources.asking import look_at
from engage.resources.catalogue import import_file, import_marc, refused_rows, run_import
from engage.resources.incoming_models import Import, ImportMapping, ImportRow
from engage.resources.keeping import keep_resource
from engage.resources.models import Creator, Holding, Identifier, Link, Measure, Resource, Subject
from engage.resources.record import CatalogueRecord, Level, Maker, Place, Term
from engage.resources.rules import ImportState, Outcome, ResourceState
from tests import make
from tests.data import shared
from tests.resources.marc_records import book, isbn_of, iso2709, record

TABLES = (Creator, Subject, Identifier, Measure, Holding, Link)
OWLS = "Title,Author,ISBN,Call number,Copies\nOwl Moon,Jane Yolen,399214577,E YOL,2\nCoraline,Neil Gaiman,,FIC GAI,1\n"


@pytest.fixture
def bring(school, tmp_path):
    """Brings a file into Lincoln's catalogue as its command would."""

    async def bring(body, *, dry_run=False, name="books.csv", told=None):
        path = tmp_path / name
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        kind, mapping = await remembering.how_to_read(
            school.card.id, path, tuple(remembering.WORDS.keys() - {asking.MARC}), told or {}
        )
        return await import_file(school.card.id, path, kind, mapping, dry_run=dry_run, by_id=school.ada.id)

    return bring


def counts(report) -> tuple[int, int, int, int, int]:
    return report.records, report.added, report.changed, report.same, report.refused


async def all_of(school_id: int) -> dict:
    """What readers could see of the catalogue, but for keys, moments and versions."""
    found = {}
    for row in await Resource.filter(school_id=school_id).order_by("id").values():
        for name in ("version", "changed_at", "content_hash"):
            del row[name]
        found[row["id"]] = [row]
    for model in TABLES:
        for row in await model.filter(school_id=school_id).values():
            rest = {name: value for name, value in row.items() if name not in ("id", "key", "as_of")}
            found[row["resource_id"]].append(
                (model.__name__, sorted((name, str(value)) for name, value in rest.items()))
            )
    return {number: [rows[0], *sorted(rows[1:], key=str)] for number, rows in found.items()}


async def test_a_table_becomes_a_catalogue_and_the_same_again_changes_nothing(school, bring):
    assert counts(await bring(OWLS)) == (2, 2, 0, 0, 0)
    rows = (
        await Holding.filter(school_id=school.card.id).order_by("id").values_list("call_number", "copies", "location")
    )
    assert rows == [("E YOL", 2, "Library"), ("FIC GAI", 1, "Library")]
    assert await Identifier.filter(school_id=school.card.id).values_list("value", flat=True) == ["9780399214578"]
    before = await all_of(school.card.id)
    assert counts(await bring(OWLS)) == (2, 0, 0, 2, 0)
    assert await all_of(school.card.id) == before


async def test_a_table_adds_to_what_records_said_and_owns_nothing_of_it(school, bring, tmp_path):
    (tmp_path / "a.mrc").write_bytes(
        iso2709(book(1, "Owl moon", ("852", "  ", "h", "E YOL"), ("520", "  ", "a", "Ours.")))
    )
    await import_marc(school.card.id, tmp_path / "a.mrc")
    report = await bring("Title,Author,Summary,Call number\nOwl Moon,Jane Yolen,Theirs.,E OWL\n")
    assert counts(report) == (1, 0, 1, 0, 0)
    mine = await Resource.get(school_id=school.card.id)
    assert (mine.title, mine.summary) == ("Owl moon", "Ours.")
    assert await Holding.filter(school_id=school.card.id).count() == 2


async def test_a_look_at_what_was_added_already_says_that_nothing_would_change(school, bring):
    await make.resource("Owl Moon", creator="Jane Yolen", call_number="E YOL")
    body = "Title,Author,Call number\nOwl Moon,Jane Yolen,E OWL\nCoraline,Neil Gaiman,FIC GAI\n"
    assert counts(await bring(body, dry_run=True)) == (2, 1, 1, 0, 0)
    assert counts(await bring(body)) == (2, 1, 1, 0, 0)
    assert counts(await bring(body, dry_run=True)) == (2, 0, 0, 2, 0)
    before = await all_of(school.card.id)
    assert counts(await bring(body)) == (2, 0, 0, 2, 0)
    more = body.replace("E OWL", "E NEW")
    assert counts(await bring(more, dry_run=True)) == (2, 0, 1, 1, 0)
    assert await all_of(school.card.id) == before, "a look writes nothing"


async def test_what_was_merged_away_is_matched_no_more(school, bring):
    stays = await make.resource("Owl Moon: a tale", creator="Jane Yolen", identifiers=(("isbn", "9780399214578"),))
    gone = await make.resource("Owl Moon", creator="Jane Yolen", call_number="E OLD")
    gone.state, gone.merged_into_id = ResourceState.MERGED, stays.id
    await gone.save(update_fields=["state", "merged_into_id"])
    assert counts(await bring(OWLS.splitlines()[0] + "\n" + OWLS.splitlines()[1]))[1:3] == (0, 1)
    assert await Holding.filter(school_id=school.card.id, resource_id=stays.id).count() == 1
    assert (await Resource.get(school_id=school.card.id, id=gone.id)).state is ResourceState.MERGED
    assert counts(await bring("9780399214578\n", name="isbns.txt"))[3] == 1


async def test_a_row_for_each_copy_is_one_holding_with_their_number(school, bring):
    body = "Title,Author,Barcode\nOwl Moon,Jane Yolen,T1\nCoraline,Neil Gaiman,T9\nOwl Moon,Jane Yolen,T2\n"
    assert counts(await bring(body)) == (3, 2, 0, 1, 0)
    holding = await Holding.get(school_id=school.card.id, resource__title="Owl Moon")
    assert (holding.copies, holding.barcodes) == (2, "T1; T2")
    rows = ImportRow.filter(school_id=school.card.id, number=4)
    assert await rows.values_list("reason", flat=True) == ["One more row about what stands on line 2."]
    assert counts(await bring(body)) == (3, 0, 0, 3, 0)


async def test_bad_rows_are_named_by_their_lines_and_stop_nothing(school, bring):
    body = OWLS + ",Nobody,,,\n" + '"Never closed,x\n' + "Last,Somebody,9.78E+12,,\n"
    report = await bring(body)
    assert counts(report) == (5, 3, 0, 0, 2)
    assert [(row["number"], row["reason"]) for row in await refused_rows(school.card.id, report.key)] == [
        (4, "It has no title."),
        (5, "A quotation mark on this line is never closed."),
    ]
    odd = await ImportRow.get(school_id=school.card.id, of_import__key=report.key, number=6)
    assert odd.reason.startswith("Its ISBN was left out: A spreadsheet has rounded")


async def test_an_export_of_a_reading_app_leaves_nothing_of_the_reading(school, bring):
    body = shared("reader-exports/bookwyrm__goodreads.csv").read_bytes()
    report = await bring(body, name="goodreads.csv")
    assert counts(report) == (3, 3, 0, 0, 0)
    of = {"school_id": school.card.id}
    kept = json.dumps(
        [await all_of(of["school_id"]), await Import.filter(**of).values(), await ImportRow.filter(**of).values()],
        default=str,
    )
    for private in ("mixed feelings", "2020/10/25", "2019/07/08", "Hardcover", "Harper Design", "4.60"):
        assert private not in kept
    assert await Resource.filter(school_id=school.card.id, here=False, available=False).count() == 3


async def test_isbns_are_looked_up_and_nothing_is_written(school, bring):
    held = await make.resource("Owl Moon", identifiers=(("isbn", "9780399214578"),))
    before = await all_of(school.card.id)
    report = await bring("399214577\n0142410373\n9.78E+12\n", name="isbns.txt")
    assert counts(report) == (3, 0, 0, 1, 2)
    rows = ImportRow.filter(school_id=school.card.id, of_import__key=report.key).order_by("number")
    assert await rows.values_list("number", "title", "resource_id") == [
        (1, "Owl Moon", held.id),
        (2, "978-0-14-241037-0", None),
        (3, "9.78E+12", None),
    ]
    assert await all_of(school.card.id) == before
    assert (await Import.get(school_id=school.card.id)).dry_run


async def test_each_school_looks_its_own_isbns_up(school, bring):
    await make.resource("Owl Moon", school="roosevelt", identifiers=(("isbn", "9780399214578"),))
    assert counts(await bring("9780399214578\n", name="isbns.txt")) == (1, 0, 0, 0, 1)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"PK\x03\x04" + b"\x00" * 42_000, "This is an Excel workbook or an archive."),
        (b"", "The file is empty."),
        (b"\x00\x01" * 5_000, "neither MARC nor MARCXML, and no table"),
        (("a," * 16_385).encode() + b"\n", "16,386 columns"),
        (b"Work Id,Edition Id,Bookshelf\nOL1W,,x\n", "holds no titles"),
    ],
)
async def test_what_no_import_takes_is_refused_before_it_is_unpacked(tmp_path, body, why):
    (tmp_path / "file").write_bytes(body)
    with pytest.raises(Refused) as refused:
        await look_at(tmp_path / "file")
    assert why in refused.value.sentence


async def test_everything_hostile_in_one_table_costs_only_its_rows(school, bring):
    """SAFETY.md, U3: a long line, NULs, two encodings, a mark, semicolons, doubled headings, open quotes."""
    lines = [
        b"\xef\xbb\xbfTitle;Author;Title",
        b"One;A B;x",
        b"T\x00wo;A B",
        b"x" * (10 * 2**20) + b";A B",
        "Dreißig;Ä B".encode("cp1252"),
        "Vierzig;Ö B".encode(),
        b'"Never closed;A B',
        b"Last;A B;x;y;z",
    ]
    report = await bring(b"\n".join(lines), dry_run=True, told={"title": "Title", "creators": "Author"})
    rows = ImportRow.filter(school_id=school.card.id, of_import__key=report.key).order_by("number")
    assert await rows.values_list("number", "outcome", "title") == [
        (2, Outcome.ADDED, "One"),
        (3, Outcome.ADDED, "Two"),
        (4, Outcome.REFUSED, ""),
        (5, Outcome.ADDED, "Dreißig"),
        (6, Outcome.ADDED, "Vierzig"),
        (7, Outcome.REFUSED, ""),
        (8, Outcome.ADDED, "Last"),
    ]
    reasons = " ".join(await rows.values_list("reason", flat=True))
    for said in ("longer than a row", "Unprintable characters", "those of Windows", "never closed", "more cells"):
        assert said in reasons, said
    assert await Resource.filter(school_id=school.card.id).count() == 0


async def test_the_catalogue_of_a_person_is_not_a_tables_but_gains_its_numbers(school, bring):
    made = await make.resource("Owl Moon", call_number="E YOL")
    await bring("Title,Author,ISBN,Call number\nOwl Moon,Jane Yolen,0399214577,E YOL\n")
    assert await Identifier.filter(school_id=school.card.id, resource_id=made.id).count() == 1
    assert await Resource.filter(school_id=school.card.id).count() == 1


async def taken_back(school, report, by=None) -> None:
    await importing.take_back(report.key, by=by or school.ada)
    imported = await Import.get(school_id=school.card.id, key=report.key)
    await taking_back.take_back_import(school.card.id, imported.id)


RICH = CatalogueRecord(
    "Owl moon",
    makers=(Maker("Jane Yolen"), Maker("John Schoenherr", "illustrator")),
    summary="Before.",
    subjects=(Term("Owls"), Term("Caldecott", "award")),
    identifiers=(("record", "LINC:00000001"), ("isbn", "9780399214578")),
    measures=(Level("Lexile", "630L", "521"),),
    places=(Place("E YOL", "Library", 2, "T1; T2"), Place("BIG YOL", "Hall")),
    origin="record LINC:00000001",
)


async def test_an_import_is_taken_back_whole(school, bring, tmp_path):
    await keep_resource(school.card.id, RICH)
    await make.resource("Coraline", creator="Neil Gaiman", url="https://example.org/c")
    before = await all_of(school.card.id)
    changed = book(
        1, "Owl moon : a tale", ("520", "  ", "a", "After."), ("852", "  ", "h", "FIC YOL"),
        ("650", " 1", "a", "Snow."), ("856", "40", "u", "https://example.org/owl"),
    )  # fmt: skip
    (tmp_path / "a.mrc").write_bytes(
        iso2709(changed, book(2, "New one"), book(1, "Owl moon : a tale", ("852", "  ", "h", "X")))
    )
    report = await import_marc(school.card.id, tmp_path / "a.mrc")
    assert counts(report)[1] == 1
    assert await all_of(school.card.id) != before

    await taken_back(school, report)
    after = await all_of(school.card.id)
    new = max(after)
    assert after[new][0]["state"] == ResourceState.TAKEN_BACK
    del after[new]
    assert after == before
    assert (await Import.get(school_id=school.card.id)).state is ImportState.TAKEN_BACK
    # and brought in again, it is there again
    assert counts(await import_marc(school.card.id, tmp_path / "a.mrc"))[1:3] == (0, 3)
    assert await Resource.filter(school_id=school.card.id, state=ResourceState.OFFERED).count() == 3


async def test_what_two_records_of_one_import_changed_is_undone_a_step_at_a_time(school, tmp_path):
    known = replace(RICH, identifiers=(("record", "LINC:00000001"), ("isbn", isbn_of(1))))
    await keep_resource(school.card.id, known)
    before = await all_of(school.card.id)
    theirs = record(
        ("001", "7"), ("003", "OTHER"), ("020", "  ", "a", isbn_of(1)), ("245", "10", "a", "Owl moon"),
        ("852", "  ", "h", "OTHER"), ("856", "40", "u", "https://example.org/o"),
    )  # fmt: skip
    changed = book(1, "Owl moon", ("520", "  ", "a", "After."), ("852", "  ", "h", "E YOL"))
    (tmp_path / "a.mrc").write_bytes(iso2709(changed, theirs))
    report = await import_marc(school.card.id, tmp_path / "a.mrc")
    assert counts(report) == (2, 0, 2, 0, 0)
    await taken_back(school, report)
    assert await all_of(school.card.id) == before


async def test_what_a_person_wrote_since_stays_when_an_import_is_taken_back(school, tmp_path):
    await keep_resource(school.card.id, RICH)
    (tmp_path / "a.mrc").write_bytes(
        iso2709(book(1, "Owl moon", ("520", "  ", "a", "After."), ("650", " 1", "a", "Snow.")))
    )
    report = await import_marc(school.card.id, tmp_path / "a.mrc")
    mine = await Resource.get(school_id=school.card.id)
    mine.summary, mine.kept = "Mine, of feathers.", "summary"
    await mine.save(update_fields=["summary", "kept"])
    await taken_back(school, report)
    after = await Resource.get(school_id=school.card.id)
    assert (after.summary, after.subjects, after.kept) == ("Mine, of feathers.", "Owls; Caldecott", "summary")
    assert "feathers" in after.search_text
    assert "ˢowls" in after.search_text
    assert "ˢsnow" not in after.search_text


async def test_a_later_import_of_the_same_is_taken_back_first(school, bring):
    first = await bring(OWLS)
    second = await bring(OWLS.replace("E YOL", "BIG YOL"))
    with pytest.raises(Refused) as refused:
        await importing.take_back(first.key, by=school.ada)
    assert "A later import" in refused.value.sentence
    await taken_back(school, second)
    standing = Holding.filter(school_id=school.card.id, gone_at__isnull=True)
    assert sorted(await standing.values_list("call_number", flat=True)) == ["E YOL", "FIC GAI"]
    await taken_back(school, first)
    assert await Resource.filter(school_id=school.card.id, state=ResourceState.OFFERED).count() == 0


async def test_what_was_before_is_forgotten_after_a_month(school, bring):
    await bring(OWLS)
    report = await bring(OWLS.replace("E YOL", "BIG YOL"))
    assert await ImportRow.filter(school_id=school.card.id).exclude(before="").count() == 1
    assert await taking_back.forget_before(dates.now()) == 0
    await Import.filter(school_id=school.card.id).update(made_at=dates.now() - importing.KEPT_BEFORE * 2)
    assert await taking_back.forget_before(dates.now()) == 1
    with pytest.raises(Refused):
        await importing.take_back(report.key, by=school.ada)


async def test_taking_back_goes_on_where_it_was_broken_off(school, bring, monkeypatch):
    monkeypatch.setattr(taking_back, "UNIT", 3)
    first = await bring("Title,Author,Summary\n" + "".join(f"Book {n},A B,Old {n}\n" for n in range(10)))
    before = await all_of(school.card.id)
    report = await bring("Title,Author,Summary\n" + "".join(f"Book {n},A B,New {n}\n" for n in range(12)))
    assert counts(report) == (12, 2, 10, 0, 0)
    imported = await Import.get(school_id=school.card.id, key=report.key)
    await taking_back._one_unit(school.card.id, imported.id, 2**31 - 1)
    assert (await Import.get(id=imported.id, school_id=school.card.id)).state is ImportState.DONE
    await taking_back.take_back_import(school.card.id, imported.id)
    after = await all_of(school.card.id)
    assert {number: rows for number, rows in after.items() if number in before} == before
    assert first.added == 10


async def test_two_imports_of_one_file_at_a_time_double_nothing(school, tmp_path):
    path = tmp_path / "a.mrc"
    path.write_bytes(iso2709(*(book(number, f"Book {number}", ("852", "  ", "h", "E")) for number in range(1, 301))))
    reports = await asyncio.gather(*(import_marc(school.card.id, path) for _ in range(3)))
    assert await Resource.filter(school_id=school.card.id).count() == 300
    assert await Holding.filter(school_id=school.card.id).count() == 300
    assert sum(report.added for report in reports) == 300
    assert sum(report.refused for report in reports) == 0


@pytest.mark.parametrize("who", ["sam", "tom", "vera", "rosa"])
async def test_only_those_who_keep_the_catalogue_say_what_columns_are(school, bring, who):
    report = await bring(OWLS, dry_run=True)
    for act in (importing.take_back, importing.go_ahead, importing.go_on):
        with pytest.raises(NotFound):
            await act(report.key, by=getattr(school, who))
    with pytest.raises(NotFound):
        await importing.read_as(report.key, {"title": 0}, True, by=getattr(school, who))


async def test_a_table_is_read_as_the_school_read_such_tables_before(school, bring, tmp_path):
    await remembering.remember(
        school.card.id,
        asking.CSV,
        json.dumps({"columns": {"title": [1]}, "shelf": False}),
        remembering.table_fields.digest_of(("Was", "Name")),
    )
    report = await bring("WAS,  name\nx,Owl Moon\n")
    assert counts(report) == (1, 1, 0, 0, 0)
    assert await Resource.filter(school_id=school.card.id).values_list("title", "here") == [("Owl Moon", False)]
    assert await ImportMapping.filter(school_id=school.card.id).count() == 1
    with pytest.raises(Refused):
        await bring("Something,else\nx,Owl Moon\n")
    report = await bring("Something,else\nx,Owl Moon\n", told={"title": "Else"}, dry_run=True)
    assert report.refused == 0
    # a command shows nobody any rows, and keeps none
    mappings = await Import.filter(school_id=school.card.id).values_list("mapping", flat=True)
    assert not any("Owl Moon" in mapping for mapping in mappings)


async def test_an_import_that_was_killed_goes_on_with_the_copies_of_its_rows(school, bring, tmp_path):
    report = await bring("Title,Author,Barcode\nOwl Moon,Jane Yolen,T1\nOwl Moon,Jane Yolen,T2\n")
    imported = await Import.get(school_id=school.card.id, key=report.key)
    await ImportRow.filter(school_id=school.card.id, number=3).delete()
    again = await run_import(school.card.id, imported.id, tmp_path / "books.csv")
    assert again.records == 2
    assert (await Holding.get(school_id=school.card.id)).copies == 2
    assert await ImportRow.filter(school_id=school.card.id, outcome=Outcome.SAME).count() == 1
