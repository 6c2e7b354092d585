"""U2: what is uploaded is judged at the door, before anything is unpacked and again while it is. Source: SAFETY.md."""

import gzip
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engage.evaluation.actions import start_cycle
from engage.evaluation.cycle_models import EvidenceFile, PracticeFramework
from engage.lists.standards_models import Framework
from engage.outside.cage import the_cage
from engage.people.roster_models import RosterImport
from engage.promotion.loan_models import LoanFile
from engage.resources import opening
from engage.resources.asking import LARGEST_UPLOAD
from engage.resources.catalogue import uploads
from engage.resources.incoming_models import Import, Source
from engage.resources.models import Cover, Resource
from engage.resources.pictures import darkroom
from engage.routes import ROWS
from tests import make
from tests.faults import hostile_files
from tests.faults.costs import cost
from tests.faults.hostile_files import FILES, PLAIN, file
from tests.school import words_of

KIB = 1024
# the pass figures
SECONDS = 1.0
MEMORY = 64 * KIB
IMPORTS = "resources.new_import"
# the school's office sends this one, and not the library
ROSTERS = "people.new_roster"
# this one keeps what it is given and never opens it
EVIDENCE = "evaluation.add_file"
# every address that takes a file, and how it is asked; what is missing here fails below
DOORS = {
    IMPORTS: "/curate/imports/new",
    "resources.suggestions": "/curate/sources/suggested",
    "resources.choose_picture": "/curate/resources/{key}/picture",
    "lists.bring_standards": "/curate/standards",
    "promotion.loans": "/curate/loans",
    "evaluation.bring_framework": "/evaluation/frameworks/bring",
    ROSTERS: "/admin/rosters/new",
    EVIDENCE: "/evaluation/2024-25/criteria/reading/evidence/file",
}


@pytest.fixture(scope="module", autouse=True)
def parsers():
    yield
    for room in (darkroom, the_cage):
        room().close()
        room.cache_clear()


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """A folder of this test's own for what Python puts down for a while."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


async def send(browser, door: str, name: str, body: bytes, key: str = "k"):
    made = await make.resource("Owl Moon") if "{key}" in door else None
    path = door.format(key=made.key if made else "")
    return await browser.post(path, {"form_key": key, "file_title": "Wall"}, files={"file": (name, body)})


async def rows_of(school) -> dict[str, int]:
    tables = (Import, Source, Cover, Framework, RosterImport, LoanFile, PracticeFramework)
    return {
        table.__name__: number for table in tables if (number := await table.filter(school_id=school.card.id).count())
    }


def left_in(*folders: Path) -> list[Path]:
    """What still lies in them."""
    return [path for folder in folders for path in folder.glob("*")]


async def refuse(browser, school, door: str, word: str, temporary: Path):
    """Send a file and see it refused at the figures of U2, and nothing kept of it; what it cost."""
    name, body = file(word)
    folder = uploads(browser.app.settings.data_folder)
    await browser.be_known()
    there = await rows_of(school), left_in(folder, temporary)
    with cost() as told:
        answer = await send(browser, door, name, body)
    assert answer.status_code == 422, (word, answer.status_code, words_of(answer)[:300])
    assert (await rows_of(school), left_in(folder, temporary)) == there
    assert told.seconds < SECONDS, (word, told.seconds)
    assert told.grew < MEMORY, (word, told.grew)
    assert [path for path in told.written if folder not in (Path(path), *Path(path).parents)] in ([], [str(temporary)])
    assert told.reached == set()
    return answer, told


def test_u2_every_address_that_takes_a_file_is_asked():
    assert {row.name for row in ROWS if row.upload} == set(DOORS)


def test_u2_the_bombs_are_what_they_are_called():
    for word in ("42 KB zip of 4 GB", "42 KB zip of 4 GB that declares 1 KB"):
        _, body = file(word)
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            said = sum(member.file_size for member in archive.infolist())
        assert len(body) <= 42 * KIB
        assert (said > 4 * 10**9) == ("declares" not in word)
    assert len(file("42 KB gzip of 41 MB by its own word")[1]) <= 42 * KIB
    nested = gzip.decompress(file("nested, gzip in gzip of 4 GB")[1])
    assert nested == hostile_files.zeros(hostile_files.MANY, 31) * 100
    large = gzip.decompress(hostile_files.large())
    assert len(large) > 50 * hostile_files.MIB
    assert len(large) / len(hostile_files.large()) < opening.RATIO
    for word in (word for word in FILES if word.startswith(("XLSX", "shared", "external", "macros", "a harmless"))):
        with zipfile.ZipFile(io.BytesIO(file(word)[1])) as archive:
            assert {"[Content_Types].xml", hostile_files.SHEET} <= set(archive.namelist())
            assert archive.testzip() is None
    assert (LARGEST_UPLOAD, opening.MEMBERS, opening.RATIO) == (50 * hostile_files.MIB, 100, 100)


@pytest.mark.only("sqlite")  # refused before any table is asked
@pytest.mark.parametrize("word", FILES)
async def test_u2_the_import_page_refuses(browser, school, ada, temporary, word):
    answer, told = await refuse(browser.sign_in(ada), school, DOORS[IMPORTS], word, temporary)
    refused = words_of(answer)
    sentences = [why for _, why in opening.KINDS]
    sentences += [opening.SWELLS, opening.DAMAGED, opening.NEITHER, "larger than 50 MB", "more than 100 parts"]
    assert any(each in refused for each in sentences), refused
    assert told.others < MEMORY


@pytest.mark.only("sqlite")  # likewise
@pytest.mark.parametrize("name", [name for name in DOORS if name not in (IMPORTS, EVIDENCE)])
async def test_u2_the_other_doors_refuse(browser, school, ada, alma, temporary, name):
    browser.sign_in(alma if name == ROSTERS else ada)
    # its parsers are begun by a file that is none of theirs (or a table of one empty column), and then only read
    await send(browser, DOORS[name], "a.txt", b"nothing")
    with cost() as told:
        await send(browser, DOORS[name], "a.txt", b"nothing")
    begun = told.others
    for word in FILES:
        _, told = await refuse(browser, school, DOORS[name], word, temporary)
        assert told.others < begun + MEMORY, (word, told.others, begun)


async def test_u2_evidence_is_kept_as_it_is_or_refused_and_never_opened(browser, school, ada, temporary):
    await start_cycle(make.PAST_YEAR, by=ada)
    browser.sign_in(ada)
    kept = 0
    for number, word in enumerate(FILES):
        name, body = file(word)
        await browser.be_known()
        with cost() as told:
            answer = await send(browser, DOORS[EVIDENCE], name, body, str(number))
        assert answer.status_code in (303, 422), (word, answer.status_code)
        kept += answer.status_code == 303
        assert await EvidenceFile.filter(school_id=school.card.id).count() == kept, word
        assert told.seconds < SECONDS, (word, told.seconds)
        assert told.grew < MEMORY, (word, told.grew)
        assert told.written - {str(temporary)} == set(), word
        assert told.reached == set()
    for row in await EvidenceFile.filter(school_id=school.card.id):
        assert row.media_type == "application/zip" or "openxmlformats" in row.media_type
        assert row.body in [made() for _, made in FILES.values()]


@pytest.mark.parametrize("word", [word for word in FILES if "declares 1 KB" not in word and "gzip" in word])
def test_u2_by_declared_size_before_anything_is_unpacked(tmp_path, word):
    """What a file says of itself is enough for those that do not lie; the others are packed bytes until unpacked."""
    (path := tmp_path / "upload").write_bytes(file(word)[1])
    if "by its own word" in word:
        with pytest.raises(opening.NoFile, match="far more"):
            opening.check_from_outside(path, LARGEST_UPLOAD)
    else:
        assert opening.check_from_outside(path, LARGEST_UPLOAD)


@pytest.mark.parametrize("word", [word for word in FILES if "gzip" in word or "packed" in word])
def test_u2_by_actual_size_while_it_is_unpacked(word):
    """The readers of an import, and the command, meet the same limits where nobody has looked before."""
    taken: list[int] = []
    with pytest.raises(opening.NoFile):
        taken.extend(sizes(file(word)[1]))
    assert sum(taken) <= LARGEST_UPLOAD
    assert max(taken, default=0) <= opening.PIECE


def sizes(body: bytes) -> Iterator[int]:
    """How many bytes come at a time when a file is unpacked."""
    stream = opening.Pieces(io.BytesIO(body), LARGEST_UPLOAD)
    while piece := stream.read():
        yield len(piece)


@pytest.mark.parametrize(
    "name", ["../../../../tmp/books.csv", "/etc/books.csv", "C:\\Windows\\books.csv", "..\\..\\books.csv", "books.csv"]
)
async def test_u2_a_file_lies_under_a_name_of_our_own(browser, school, ada, temporary, name):
    browser.sign_in(ada)
    folder = uploads(browser.app.settings.data_folder)
    await browser.be_known()
    with cost() as told:
        assert (await send(browser, DOORS[IMPORTS], name, PLAIN)).status_code == 303
    (made,) = await Import.filter(school_id=school.card.id)
    (kept,) = left_in(folder)
    assert (made.name, made.file) == ("books.csv", kept.name)
    assert kept.name.isalnum()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert told.written <= {str(kept), str(folder), str(temporary)}


async def test_u2_packed_tables_within_the_limits_come_in(browser, school, ada, temporary):
    browser.sign_in(ada)
    table = b"Title,Author\n" + b"Owl Moon,Jane Yolen\n" * 50_000
    within = {"one": gzip.compress(table), "hundred": gzip.compress(PLAIN) * 100}
    for key, body in within.items():
        assert (await send(browser, DOORS[IMPORTS], f"{key}.csv.gz", body, key)).status_code == 303
    assert await Import.filter(school_id=school.card.id).count() == 2
    assert await Resource.filter(school_id=school.card.id).count() == 0
