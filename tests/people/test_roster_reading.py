"""Rosters are read whoever wrote them: what is there is taken, what is odd is told, what is private is never seen."""

import io
import zipfile
from collections.abc import Mapping

import pytest

from engage.people import roster_rules as rules
from engage.people.roster_opening import Bundle, NoRoster
from engage.people.roster_rules import ClassRow, MemberRow, Part, PersonRow
from engage.people.roster_set import WANTED
from tests.data import counted, shared
from tests.faults import hostile_files
from tests.people import rosters
from tests.people.rosters import USUAL, a_set, classes, enrollments, faults, manifest, read, users, zipped

SETS = {
    "Test_full_data_set": ("academicSessions", "classes", "enrollments", "manifest", "orgs", "users"),
    "Test_minimal_data_set": ("academicSessions", "classes", "enrollments", "manifest", "orgs", "users"),
    "oneroster_test_data": (
        "academicSessions",
        "classes",
        "courses",
        "enrollments",
        "manifest",
        "orgs",
        "roles",
        "users",
    ),
}
# what is wrong or odd in each set, as somebody who looked at it by hand would say: file, line, words
FAULTS = {
    "Test_full_data_set": [
        ("orgs.csv", 2, "No line is of type school; type department is taken."),
        ("orgs.csv", 2, "It belongs to something that is not in the file."),
        ("academicSessions.csv", 4, "Its status is “inactive”, which is no word of OneRoster"),
        ("academicSessions.csv", 3, "It belongs to a term or year that is not in the file."),
        ("courses.csv", 0, "It is missing, and classes name courses"),
        ("classes.csv", 2, "Its last term is over"),
        ("users.csv", 1, "Never read: userIds, middleName, identifier, sms, phone, agentSourcedIds, password."),
        ("users.csv", 3, "Its status is empty"),
        ("users.csv", 4, "It is of a parent"),
        ("users.csv", 2, "It gives somebody of the staff a grade"),
        ("enrollments.csv", 2, "It is over by its last day; it is kept as history. The same in 5 more rows."),
    ],
    "Test_minimal_data_set": [
        ("orgs.csv", 2, "No line is of type school; type department is taken."),
        ("orgs.csv", 2, "Its status is empty"),
        ("academicSessions.csv", 2, "Its status is empty; active is taken. The same in 4 more rows."),
        ("classes.csv", 2, "Its status is empty; active is taken. The same in 1 more row."),
        ("users.csv", 2, "Its status is empty"),
        ("users.csv", 4, "It is of a parent"),
        ("enrollments.csv", 2, "Its status is empty; active is taken. The same in 5 more rows."),
        ("courses.csv", 0, "It is missing, and classes name courses"),
    ],
    "oneroster_test_data": [
        ("demographics.csv", 0, "Never opened"),
        ("userProfiles.csv", 0, "Never opened"),
        ("classes.csv", 2, "Its last term is over"),
        ("users.csv", 1, "password"),
    ],
}
PRIVATE = (
    "Password1-",
    "Batman",
    "6031234567",
    "6037778888",
    "2010-04-17",
    "{LDAP",
    "Wayne1",
    "mary.jones",
    "bruce.wayne",
)


def told(found: list[tuple[str, int, str]], file: str, line: int, words: str) -> bool:
    return any(each[0] == file and each[1] == line and words in each[2] for each in found)


@pytest.mark.parametrize("name", SETS)
def test_each_shared_set_is_read_with_the_counts_of_the_manifest(name):
    items, counts = read(shared(f"oneroster/{name}.zip").read_bytes())
    known = {f"{table}.csv": f"{counts[f'{table}.csv']} rows" for table in SETS[name]}
    assert known == {f"{table}.csv": counted()[f"oneroster/{name}/{table}.csv"] for table in SETS[name]}
    assert faults(items, refused=True) == []


@pytest.mark.parametrize("name", SETS)
def test_each_known_fault_of_the_shared_sets_is_named(name):
    items, _ = read(shared(f"oneroster/{name}.zip").read_bytes())
    found = faults(items)
    assert [fault for fault in FAULTS[name] if not told(found, *fault)] == []


@pytest.mark.parametrize("name", SETS)
def test_nothing_private_comes_out_of_the_shared_sets(name):
    items, _ = read(shared(f"oneroster/{name}.zip").read_bytes())
    text = repr([item for item in items if not (isinstance(item, PersonRow) and item.part != Part.STUDENT)])
    assert [word for word in PRIVATE if word in text] == []
    assert "Password1-" not in repr(items)


def test_what_may_not_be_known_is_not_even_opened():
    opened = []

    class Watched(Bundle):
        def open(self, name):
            opened.append(name)
            return super().open(name)

    body = shared("oneroster/oneroster_test_data.zip").read_bytes()
    list(rosters.OneRoster(Watched(io.BytesIO(body), rosters.MOST, WANTED), "", rosters.TODAY).items())
    assert set(opened) == {
        "manifest",
        "orgs",
        "academicsessions",
        "courses",
        "classes",
        "users",
        "roles",
        "enrollments",
    }


def test_the_people_of_a_set_are_typed():
    items, _ = read(zipped(a_set(**USUAL)), "O1")
    people = {item.id: item for item in items if isinstance(item, PersonRow)}
    assert [(one.part, one.given, one.family, one.grade, one.login) for one in people.values()] == [
        ("student", "Sam", "Diaz", 3, ""),
        ("student", "Sam", "Okoro", 3, ""),
        ("student", "Mia", "Park", 0, ""),
        ("teacher", "Lea", "Lind", None, "lea.lind@lincoln.example"),
    ]
    assert [item.title for item in items if isinstance(item, ClassRow)] == ["Room 7", "Room 8"]
    assert sum(isinstance(item, MemberRow) for item in items) == 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: "\ufeff" + text, "byte order mark"),
        (lambda text: text.replace("\n", "\r\n"), ""),
        (lambda text: text.replace("sourcedId", "SOURCEDID").replace("givenName", "Given Name"), ""),
        (lambda text: text.replace("familyName", "familiyName"), "The heading “familiyName” is read as familyName."),
        (lambda text: text.rstrip("\n"), ""),
        (lambda text: text.replace(",", ";"), ""),
    ],
    ids=["BOM", "CRLF", "case and blanks", "misspelt", "no last line end", "semicolons"],
)
def test_a_table_is_read_however_it_was_written(change, said):
    items, _ = read(zipped(a_set(**{**USUAL, "users": change(USUAL["users"])})), "O1")
    assert next((item.given, item.family) for item in items if isinstance(item, PersonRow)) == ("Sam", "Diaz")
    assert any(said in why for _, _, why in faults(items))


def test_latin_1_and_utf_16_are_read_and_told():
    for letters, words in (("cp1252", "read as Latin-1"), ("utf-16", "UTF-16")):
        table = users("S1 student Zoë Müller 03").encode(letters)
        items, _ = read(zipped(a_set(**{**USUAL, "users": table, "enrollments": enrollments()})), "O1")
        assert [item.given for item in items if isinstance(item, PersonRow)] == ["Zoë"]
        assert any(words in why for _, _, why in faults(items))


def test_a_folder_inside_the_zip_and_the_files_of_a_mac_are_no_matter():
    body = zipped({**a_set(**USUAL)}, folder="export/2026/")
    with zipfile.ZipFile(out := io.BytesIO(body), "a") as archive:
        archive.writestr("__MACOSX/._users.csv", b"\x00\x05")
        archive.writestr("export/readme.txt", b"hello")
    items, counts = read(out.getvalue(), "O1")
    assert counts["users.csv"] == 4
    assert told(faults(items), "readme.txt", 0, "not opened")


def test_a_misspelt_preferred_name_is_the_name():
    table = "sourcedId,enabledUser,username,givenName,familyName,prefferedGivenName\nS1,TRUE,x,Samuel,Diaz,Sam\n"
    roles = "sourcedId,userSourcedId,roleType,role,orgSourcedId\nR1,S1,primary,student,O1\n"
    body = zipped({"manifest": manifest("1.2", users="bulk", roles="bulk"), "users": table, "roles": roles})
    items, _ = read(body, "O1")
    assert [item.given for item in items if isinstance(item, PersonRow)] == ["Sam"]
    assert any("“prefferedGivenName” is read as preferredGivenName" in why for _, _, why in faults(items))


@pytest.mark.parametrize(
    ("written", "day", "words"),
    [
        ("2026-09-01", "2026-09-01", ""),
        ("2026-09-01T00:00:00.000Z", "2026-09-01", ""),
        ("1/05/2026", "", "may be meant in two ways"),
        ("21/05/2026", "2026-05-21", "with strokes"),
        ("5/21/2026", "2026-05-21", "with strokes"),
        ("soon", "", "nobody knows"),
        ("31/02/2026", "", "none of the calendar"),
    ],
)
def test_a_day_is_read_or_left_out_and_never_guessed(written, day, words):
    table = f"sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate\nE1,C1,O1,S1,student,{written}\n"
    items, _ = read(zipped(a_set(**{**USUAL, "enrollments": table})), "O1")
    assert [item.since for item in items if isinstance(item, MemberRow)] == [day]
    assert any(words in why for _, _, why in faults(items))


def test_a_bad_row_costs_itself_and_is_named():
    table = users("S1 student Sam Diaz 03") + "\n".join(
        [
            ",true,O1,student,x,Nobody,X,,03,p",
            "S1,true,O1,student,x,Twin,X,,03,p",
            "S4,true,O1,wizard,x,Merlin,X,,03,p",
            "S5,true,O1,student,x,,X,,03,p",
            'S6,true,O1,student,x,"Open,X,,03,p',
            "S7,true,O1,student,x,Late,X,,99,p",
        ]
    )
    items, counts = read(zipped(a_set(**{**USUAL, "users": table, "enrollments": enrollments()})), "O1")
    refused = faults(items, refused=True)
    assert [(line, why) for _, line, why in refused] == [
        (3, "It has no sourcedId."),
        (4, "Its sourcedId stands on a line above, too."),
        (5, "“wizard” is no role that we know."),
        (6, "It has no given name."),
        (7, "A quotation mark on this line is never closed."),
    ]
    assert [item.given for item in items if isinstance(item, PersonRow)] == ["Sam", "Late"]
    assert told(faults(items), "users.csv", 8, "“99” is no grade")
    assert counts["users.csv"] == 7


def test_rows_of_other_schools_are_counted_and_left_alone():
    table = USUAL["users"] + "R1,true,O2,student,x,Remy,X,,03,p\nR2,true,O2,teacher,x,Rosa,X,,,p\n"
    items, _ = read(zipped(a_set(**{**USUAL, "users": table})), "O1")
    assert not {"Remy", "Rosa"} & {item.given for item in items if isinstance(item, PersonRow)}
    assert told(faults(items), "users.csv", 0, "2 rows of other schools, left alone.")


def test_a_file_that_is_announced_and_missing_makes_nobody_gone():
    tables = a_set(**USUAL)
    del tables["users"]
    bundle = Bundle(io.BytesIO(zipped(tables)), rosters.MOST, WANTED)
    found = rosters.OneRoster(bundle, "O1", rosters.TODAY)
    assert found.bulk == ["classes", "enrollments"]
    assert told(faults(list(found.items())), "users.csv", 0, "nothing is concluded")


def test_a_table_without_a_needed_heading_is_not_guessed_at():
    with pytest.raises(NoRoster, match="lacks the heading role"):
        read(zipped(a_set(**{**USUAL, "users": "sourcedId,givenName,orgSourcedIds\nS1,Sam,O1\n"})), "O1")


def test_school_data_sync_is_read_without_a_manifest():
    tables = {
        "orgs": "sourcedId,name,type\nO1,Lincoln School,school\n",
        "users": "sourcedId,username,givenName,familyName,password\nS1,sam,Sam,Diaz,pw\nT1,lea@x.example,Lea,Lind,pw\n",
        "roles": "userSourcedId,orgSourcedId,role,grade\nS1,O1,student,03\nT1,O1,teacher,\n",
        "classes": "sourcedId,orgSourcedId,title\nC1,O1,Room 7\n",
        "enrollments": "classSourcedId,userSourcedId,role\nC1,S1,student\nC1,T1,teacher\n",
    }
    bundle = Bundle(io.BytesIO(zipped(tables)), rosters.MOST, WANTED)
    found = rosters.OneRoster(bundle, "O1", rosters.TODAY)
    items = list(found.items())
    assert found.head.kind == rules.Kind.SDS
    assert found.bulk == ["users", "classes", "enrollments"]
    assert [(item.given, item.part, item.grade) for item in items if isinstance(item, PersonRow)] == [
        ("Sam", "student", 3),
        ("Lea", "teacher", None),
    ]
    assert sum(isinstance(item, MemberRow) for item in items) == 2


def test_who_would_be_student_and_staff_is_refused():
    roles = "sourcedId,userSourcedId,roleType,role,orgSourcedId\nR1,S1,primary,student,O1\nR2,S1,secondary,aide,O1\n"
    table = "sourcedId,enabledUser,username,givenName,familyName\nS1,TRUE,x,Sam,Diaz\n"
    items, _ = read(zipped({"manifest": manifest("1.2", users="bulk", roles="bulk"), "users": table, "roles": roles}))
    assert told(faults(items, refused=True), "users.csv", 2, "nobody can be both")


def test_a_schools_own_table_is_read():
    body = (
        b"Class,First Name,Last Name,Grade,Teacher,Teacher name\n"
        b"Room 7,Sam,Diaz,3,m.lind@lincoln.example,Mr. Lind\n"
        b"Room 7,Sam,Okoro,3,m.lind@lincoln.example,Mr. Lind\n"
        b"Room 8,Mia,Park,K,,\n"
        b",Nobody,X,1,,\n"
        b"Room 8,Mia,Park,K,,\n"
    )
    items, counts = read(body)
    assert counts == {"the table": 5}
    people = [item for item in items if isinstance(item, PersonRow)]
    assert [(one.given, one.part, one.grade) for one in people] == [
        ("Sam", "student", 3),
        ("Mr. Lind", "teacher", None),
        ("Sam", "student", 3),
        ("Mia", "student", 0),
    ]
    assert [item.title for item in items if isinstance(item, ClassRow)] == ["Room 7", "Room 8"]
    assert [(line, why.split(".")[0]) for _, line, why in faults(items, refused=True)] == [
        (5, "It names no class"),
        (6, "The same student stands in the same class on a line above"),
    ]


def spoiled(of_file: Mapping[int, bytes], of_directory: Mapping[int, bytes] | None = None) -> bytes:
    """A zip of one table with bytes put in at places of its head, data and directory."""
    body = bytearray(zipped({"users": USUAL["users"]}))
    directory = body.rindex(b"PK\x01\x02")
    for start, changes in ((0, of_file), (directory, of_directory or {})):
        for at, new in changes.items():
            body[start + at : start + at + len(new)] = new
    return bytes(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "has to hold the headings"),
        (zipped({"books": "x"}), "neither users.csv"),
        (zipped({f"{n}": "x" for n in range(101)}), "more than 100 files"),
        (hostile_files.zipped({"../users.csv": b"x"}), "outside of it"),
        (hostile_files.zipped({"/users.csv": b"x"}), "outside of it"),
        (hostile_files.zipped({"C:\\users.csv": b"x"}), "outside of it"),
        (hostile_files.zipped({"users.csv": b"x"}, link=True), "a link in the zip"),
        (hostile_files.zipped({"users.csv": bytes(60_000_000)}), "far more than it should"),
        (hostile_files.zipped({"a/users.csv": b"x", "b/users.csv": b"x"}), "two files users.csv"),
        (b"PK\x03\x04" + bytes(200), "damaged"),
        (spoiled({39: b"\xff"}), "damaged"),  # no beginning of what is packed
        (spoiled({14: b"\0\0\0\0"}, of_directory={16: b"\0\0\0\0"}), "damaged"),  # another sum
        (spoiled({8: b"\x63\0"}, of_directory={10: b"\x63\0"}), "packed in a way that we do not read"),
        (spoiled({8: b"\x09\0"}, of_directory={10: b"\x09\0"}), "pack the tables in the ordinary way"),  # Deflate64
        (b"\x1f\x8b" + bytes(20), "gzip"),
    ],
)
def test_a_file_that_is_none_or_means_harm_is_refused(body, words):
    with pytest.raises(NoRoster, match=words):
        read(body)


def test_a_zip_that_lies_about_its_size_is_stopped_while_it_is_unpacked():
    body = bytearray(hostile_files.zipped({"users.csv": b"sourcedId,givenName\n" + bytes(30_000_000)}))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = body.index(mark) + place
        body[at : at + 4] = (1_000).to_bytes(4, "little")
    with pytest.raises(NoRoster):
        read(bytes(body))


def test_children_of_one_name_are_told_apart_by_as_few_letters_as_it_takes():
    people = {"1": ("Sam", "Diaz"), "2": ("Sam", "Okoro"), "3": ("Mia", "Park")}
    assert rules.letters(people, {}) == {"1": "D", "2": "O", "3": ""}
    longer = {"1": ("Sam", "Diaz"), "2": ("sam", "Dorn"), "3": ("Sam", "Dorsey")}
    assert rules.letters(longer, {}) == {"1": "Di", "2": "Dorn", "3": "Dors"}
    same = {"1": ("Sam", "Diaz"), "2": ("Sam", "Diaz")}
    assert rules.letters(same, {}) == {"1": "D1", "2": "D2"}
    # who is here already keeps theirs
    assert rules.letters({"1": ("Sam", "Diaz")}, {"sam": ["D"]}) == {"1": "Di"}
    assert rules.letters({"1": ("Sam", "")}, {"sam": [""]}) == {"1": "1"}


def test_a_tenth_needs_a_yes_and_less_does_not():
    assert [rules.needs_yes(100, gone) for gone in (0, 9, 10, 100)] == [False, False, True, True]
    assert rules.needs_yes(0, 0) is False


def test_grades_are_read_as_their_codes():
    words = ("KG", "01", "12", "PK", "3", "Grade 4", "UG", "", "99")
    assert [rules.grade_of(word) for word in words] == [
        (0, True), (1, True), (12, True), (-1, True), (3, True), (4, True), (None, True), (None, True), (None, False)
    ]  # fmt: skip


def test_helpers_come_without_rights_on_lists():
    table = users("A1 aide Amy Ames", "P1 proctor Pat Poe", "X1 administrator Ann Abe", "G1 guardian Gil Gray")
    items, _ = read(
        zipped(a_set(**{**USUAL, "users": table, "enrollments": enrollments(), "classes": classes()})), "O1"
    )
    assert [item.part for item in items if isinstance(item, PersonRow)] == ["helper"] * 3
