"""What a MARC record says of a resource. Source: STANDARDS.md, 3.1."""

import json

import pymarc
import pytest

from engage.engagement.rules import Mode
from engage.resources import marc, record
from engage.resources.record import Address, Level, Maker, Term
from engage.resources.rules import Format
from tests.resources.marc_records import TITLE, book, read
from tests.resources.marc_records import record as made


@pytest.mark.parametrize(
    ("field", "title", "filed"),
    [
        (
            ("14", "a", "The lion's share :", "b", "a tale /", "c", "by W. Fox."),
            "The lion's share: a tale",
            "lion s share a tale",
        ),
        (("10", "a", "Discovering careers.", "p", "Health."), "Discovering careers. Health", None),
        (("10", "a", "Cyllidebau ysgolion =", "b", "School budgets"), "Cyllidebau ysgolion = School budgets", None),
        (("10", "a", "Hello, Dr. ", "c", "x"), "Hello, Dr.", "hello dr"),
        (("10", "a", "Wait--", "b", "what?"), "Wait--: what?", None),
        (("10", "a", "Freak the Mighty", "h", "[sound recording] /"), "Freak the Mighty", None),
        (("13", "a", "El búho"), "El búho", "buho"),
        (("10", "a", "A is for apple"), "A is for apple", "is for apple"),
        (("19", "a", "Short"), "Short", "short"),
        (("10", "a", "<b>Bold</b> & plain"), "<b>Bold</b> & plain", None),
        (("10", "a", "…"), "…", ""),
    ],
)
def test_titles_are_shown_without_the_marks_of_catalogue_cards(field, title, filed):
    known = read(("245", *field))
    assert known.title == title
    if filed is not None:
        assert known.title_sort == filed


def test_a_title_that_stands_elsewhere_is_found():
    assert read(("245", "10", "c", "Hugo Cole."), ("240", "10", "a", "Diversions")).title == "Diversions"


@pytest.mark.parametrize("fields", [[("245", "10", "c", "nobody")], [("245", "10")], [("100", "1 ", "a", "Somebody")]])
def test_a_record_without_a_title_is_refused_with_the_reason(fields):
    with pytest.raises(marc.Unusable, match="no title"):
        marc.read(made(*fields), "Library")


@pytest.mark.parametrize(("leader", "why"), [("um", "holdings"), ("zm", "heading")])
def test_what_describes_no_title_is_refused(leader, why):
    with pytest.raises(marc.Unusable, match=why):
        read(kind=leader)


def test_a_record_that_was_deleted_is_refused():
    gone = made(TITLE)
    gone.leader[5] = "d"
    with pytest.raises(marc.Unusable, match="deleted"):
        marc.read(gone, "Library")


def test_other_titles_and_other_scripts_are_kept_for_the_search():
    known = read(
        ("245", "10", "6", "880-01", "a", "Zeh gadol?"),
        ("246", "3 ", "a", "How big is it?"),
        ("246", "3 ", "a", "Zeh gadol"),
        ("880", "10", "6", "245-01", "a", "זה גדול!"),
        ("240", "10", "a", "What's the big idea", "l", "Hebrew"),
    )
    assert known.other_titles == ("זה גדול!", "How big is it?", "What's the big idea")


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (("100", "1 ", "a", "Yolen, Jane."), "Jane Yolen"),
        (("100", "1 ", "a", "Seuss,", "c", "Dr."), "Dr. Seuss"),
        (("100", "1 ", "a", "King, Martin Luther,", "c", "Jr.,", "d", "1929-1968."), "Martin Luther King Jr."),
        (("100", "1 ", "a", "Andersen, H. C.", "q", "(Hans Christian),", "d", "1805-1875."), "H. C. Andersen"),
        (("100", "0 ", "a", "Homer."), "Homer"),
        (("100", "0 ", "a", "Teresa,", "c", "Mother,"), "Mother Teresa"),
        (("100", "0 ", "a", "Francis,", "c", "of Assisi, Saint,"), "Francis of Assisi, Saint"),
        (("100", "1 ", "a", "Rowling, J. K."), "J. K. Rowling"),
        (("110", "2 ", "a", "Museum of Natural History.", "b", "Sue Team."), "Museum of Natural History. Sue Team"),
        (("100", "1 ", "a", "Bridgham, Gladys Ruth. [from old catalog]"), "Gladys Ruth Bridgham"),
    ],
)
def test_names_are_shown_as_they_are_said(field, name):
    assert read(field).makers[0].name == name


def test_roles_come_from_the_name_or_from_the_title_page():
    known = read(
        (
            "245",
            "10",
            "a",
            "Owl /",
            "c",
            "Jane Yolen ; pictures by John Schoenherr ; read by Ann Bell ; edited by Al Fox.",
        ),
        ("100", "1 ", "a", "Yolen, Jane."),
        ("700", "1 ", "a", "Schoenherr, John."),
        ("700", "1 ", "a", "Bell, Ann."),
        ("700", "1 ", "a", "Fox, Al."),
        ("700", "1 ", "a", "Ray, Bo,", "e", "ill."),
        ("700", "1 ", "a", "Lee, Cy,", "4", "http://id.loc.gov/vocabulary/relators/trl"),
        ("700", "1 ", "a", "Kay, Di,", "e", "joint author."),
        ("700", "1 ", "a", "Pub, Ed,", "e", "publisher."),
        ("700", "1 ", "a", "Own, Flo,", "5", "DLC"),
        ("700", "1 ", "a", "Old, Gus.", "t", "Another work."),
        ("700", "1 ", "a", "Who, Hal."),
        ("710", "2 ", "a", "Capstone (Firm)"),
    )
    assert known.makers == (
        Maker("Jane Yolen", "author"),
        Maker("John Schoenherr", "illustrator"),
        Maker("Ann Bell", "narrator"),
        Maker("Al Fox", "editor"),
        Maker("Bo Ray", "illustrator"),
        Maker("Cy Lee", "translator"),
        Maker("Di Kay", "author"),
        Maker("Hal Who", "contributor"),
    )


@pytest.mark.parametrize(
    ("leader", "fields", "format", "mode"),
    [
        ("am", [], Format.BOOK, Mode.READING),
        ("am", [("655", " 0", "a", "Graphic novels.")], Format.GRAPHIC_NOVEL, Mode.READING),
        ("am", [("338", "  ", "a", "online resource")], Format.EBOOK, Mode.READING),
        (
            "am",
            [("082", "00", "a", "[E]"), ("300", "  ", "a", "32 p. :", "b", "col. ill.")],
            Format.PICTURE_BOOK,
            Mode.READING,
        ),
        ("am", [("082", "00", "a", "[E]"), ("300", "  ", "a", "96 p. :", "b", "ill.")], Format.BOOK, Mode.READING),
        ("as", [], Format.MAGAZINE, Mode.READING),
        ("im", [("338", "  ", "a", "audio disc")], Format.AUDIOBOOK, Mode.LISTENING),
        ("jm", [], Format.MUSIC, Mode.LISTENING),
        ("gm", [("338", "  ", "a", "videodisc")], Format.FILM, Mode.VIEWING),
        ("gm", [("338", "  ", "a", "online resource")], Format.VIDEO, Mode.VIEWING),
        ("rm", [], Format.GAME, Mode.READING),
        ("em", [], Format.OTHER, Mode.READING),
        ("  ", [], Format.OTHER, Mode.READING),
    ],
)
def test_mode_and_format_follow_the_coded_parts(leader, fields, format, mode):
    known = read(*fields, kind=leader)
    assert (known.format, known.mode) == (format, mode)


@pytest.mark.parametrize(
    ("code", "note", "grades"),
    [
        ("b", None, (0, 3)),
        ("j", None, (0, 8)),
        ("e", None, (None, None)),
        ("c", ("0 ", "a", '"Grades 2-3."'), (2, 3)),
        ("c", ("0 ", "a", '"Preschool-Grade 1"--Cover.'), (-1, 1)),
        ("b", ("0 ", "a", '"Grades K to 1"--P. [4] of cover.'), (0, 1)),
        ("b", ("1 ", "a", '"Ages 7-10"--cover p. [4].'), (2, 5)),
        ("c", ("1 ", "a", '"Ages 9 & up"--cover p. [4].'), (4, 8)),
        ("d", ("1 ", "a", "2-6."), (-1, 1)),
        ("c", ("0 ", "a", "Level 2, RL: 2.9--p. [4] of cover."), (4, 8)),
        ("c", ("8 ", "a", "740L", "b", "Lexile"), (4, 8)),
        (" ", ("2 ", "a", "3-5"), (3, 5)),
        (" ", ("1 ", "a", "Everybody"), (None, None)),
    ],
)
def test_whom_it_is_for_in_grades(code, note, grades):
    known = read(*([("521", *note)] if note else []), fixed=f"s2001    nyu    {code}".ljust(34))
    assert (known.audience_low, known.audience_high) == grades


def test_reading_measures_are_kept_as_the_record_has_them_and_never_computed():
    known = read(
        ("521", "8 ", "a", "740L", "b", "Lexile"),
        ("521", "0 ", "a", "2.9."),
        ("526", "0 ", "a", "Accelerated Reader", "b", "MG", "c", "4.9", "d", "5"),
        ("520", "  ", "a", "For Lexile 900."),
    )
    assert known.measures == (
        Level("Lexile", "740L", "521"),
        Level("Reading grade level", "2.9", "521"),
        Level("Accelerated Reader, interest level", "MG", "526"),
        Level("Accelerated Reader, reading level", "4.9", "526"),
        Level("Accelerated Reader, points", "5", "526"),
    )


@pytest.mark.parametrize(
    ("fields", "fixed", "year"),
    [
        ([("260", "  ", "c", "c1999.")], "s2001    ", 2001),
        ([("260", "  ", "c", "[1999?]")], "s19uu    ", 1999),
        ([("264", " 4", "c", "©2005"), ("264", " 1", "c", "[2004]")], "", 2004),
        ([("260", "  ", "c", "2006")], "c9999    ", 2006),
        ([], "", None),
    ],
)
def test_the_year_is_the_coded_one_or_the_one_in_words(fields, fixed, year):
    assert read(*fields, fixed=fixed).year == year


@pytest.mark.parametrize(
    ("text", "pages", "minutes"),
    [
        ("xiii, 232 p. ;", 232, None),
        ("320, 11 p.", 320, None),
        ("1 v. (unpaged) :", None, None),
        ("2 sound cassettes (3 hr. 16 min.) :", None, 196),
        ("1 videodisc (ca. 59 min.)", None, 59),
        ("999999 p.", None, None),
    ],
)
def test_how_long_it_is(text, pages, minutes):
    known = read(("300", "  ", "a", text))
    assert (known.pages, known.minutes) == (pages, minutes)


def test_playing_time_is_read_to_the_minute():
    assert read(("306", "  ", "a", "012345")).minutes == 84


def test_subjects_say_what_it_is_about_and_not_that_it_is_for_children():
    known = read(
        ("650", " 0", "a", "Dogs", "v", "Juvenile fiction."),
        ("650", " 1", "a", "Dogs", "v", "Fiction."),
        ("600", "10", "a", "Lincoln, Abraham,", "d", "1809-1865", "v", "Juvenile literature."),
        ("651", " 1", "a", "United States", "x", "History", "y", "Civil War, 1861-1865."),
        ("650", " 6", "a", "Chiens."),
        ("655", " 7", "a", "Juvenile literature", "2", "rbgenr"),
        ("655", " 7", "a", "Cookbooks.", "2", "lcgft"),
        ("586", "  ", "a", "Newbery Medal, 1988."),
    )
    assert known.subjects == (
        Term("Dogs"),
        Term("Abraham Lincoln", "person"),
        Term("United States — History — Civil War, 1861-1865", "place"),
        Term("Fiction", "genre"),
        Term("Cookbooks", "genre"),
        Term("Newbery Medal, 1988", "award"),
    )


def test_without_a_summary_the_contents_say_what_is_in_it():
    assert read(("520", "  ", "a", "A girl.", "b", "And a door.")).summary == "A girl. And a door."
    assert read(("520", "4 ", "a", "Violence")).summary == ""
    assert read(("505", "0 ", "a", "Fire -- Water.")).summary == "Contents: Fire · Water."


def test_numbers_by_which_it_is_found_again():
    known = read(
        ("001", " 12345 "),
        ("003", "OCoLC"),
        ("010", "  ", "a", "sc 83-3257 "),
        ("020", "  ", "a", "0439928249 (pbk.)", "z", "0142410373"),
        ("020", "  ", "a", "not one"),
        ("022", "  ", "a", "0068-1075"),
        ("024", "7 ", "a", "10.1000/182", "2", "doi"),
        ("024", "3 ", "a", "9780142410370"),
        ("035", "  ", "a", "(OCoLC)ocm00045610"),
        ("035", "  ", "a", "(DNLM)100971527"),
    )
    assert known.identifiers == (
        ("record", "OCoLC:12345"),
        ("oclc", "12345"),
        ("lccn", "sc83003257"),
        ("isbn", "9780439928243"),
        ("isbn wrong", "9780142410370"),
        ("issn", "0068-1075"),
        ("doi", "10.1000/182"),
        ("isbn", "9780142410370"),
        ("oclc", "45610"),
        ("record", "DNLM:100971527"),
    )
    assert known.origin == "record OCoLC:12345"


def test_links_lead_to_the_thing_itself_and_only_to_the_web():
    known = read(
        ("856", "40", "u", "https://example.org/book", "y", "Read it.", "z", "At school only"),
        ("856", "41", "u", "http://www.example.org/scan"),
        ("856", "42", "u", "http://example.org/publisher", "3", "Publisher description"),
        ("856", "41", "u", "http://example.org/toc", "3", "Table of contents"),
        ("856", "4 ", "u", "http://example.org/bio", "y", "Contributor biographical information"),
        ("856", "40", "u", "javascript:alert(1)"),
        ("856", "40", "u", "ftp://example.org/x"),
        ("856", "40", "u", "https://user:pw@example.org/x"),
        ("856", "40", "u", "http://example.org/a b"),
        kind="am",
        fixed="s2001    nyu     o",
    )
    assert known.addresses == (
        Address("https://example.org/book", "Read it", "At school only"),
        Address("http://www.example.org/scan", "example.org"),
    )
    assert (known.format, known.places) == (Format.EBOOK, ())


def test_languages_are_named_as_the_web_names_them():
    assert read(fixed="s2001".ljust(29) + "spa").language == "es"
    assert read(("041", "0 ", "a", "hmneng"), fixed="s2001".ljust(29) + "mul").language == "hmn"
    assert read(fixed="").language == ""


def test_a_series_has_its_number():
    assert read(("490", "1 ", "a", "Magic tree house ;", "v", "12")).series == "Magic tree house, 12"
    assert read(
        ("800", "1 ", "a", "Snicket, Lemony.", "t", "Series of unfortunate events ;", "v", "bk. 7.")
    ).series == ("Series of unfortunate events, bk. 7")


def test_what_a_record_says_goes_through_json_and_back():
    known = marc.read(book(7, "El búho", ("520", "  ", "a", "x"), ("521", "8 ", "a", "7L", "b", "L")), "Library")
    assert record.from_json(json.loads(json.dumps(record.to_json(known)))) == known


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        {"title": 1},
        {"title": "x", "school_id": 1},
        {"title": "x", "year": "2001"},
        {"title": "x" * 30_000},
        {"title": "x", "makers": "y"},
        {"title": "x", "makers": [{"name": 1}]},
        {"title": "x", "format": "spell"},
        {"title": "x", "identifiers": [["isbn"]]},
        {"title": "x", "pages": True},
        {"title": "x", "pages": 10**30},
    ],
)
def test_what_the_reading_process_says_is_not_believed(said):
    with pytest.raises(ValueError, match=r"no \w+|is not a valid|not enough"):
        record.from_json(said)


def test_kindergarten_is_a_grade_and_not_nothing_on_the_way():
    known = record.CatalogueRecord("Owl Moon", audience_low=0, audience_high=0)
    assert record.from_json(json.loads(json.dumps(record.to_json(known)))) == known


def test_a_record_with_nothing_but_a_title_is_a_resource():
    bare = pymarc.Record()
    bare.add_field(pymarc.Field("245", pymarc.Indicators("1", "0"), [pymarc.Subfield("a", "Bare")]))
    assert marc.read(bare, "Library").title == "Bare"
