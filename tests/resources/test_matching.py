"""Whether two records are about one thing. Source: STANDARDS.md, 3.1; DECISIONS.md."""

from dataclasses import replace

import pytest

from engage.engagement.rules import Mode
from engage.resources.matching import Known, Shelf
from engage.resources.record import CatalogueRecord, Maker
from engage.resources.rules import Format

OWL = CatalogueRecord(
    "Owl moon",
    makers=(Maker("Jane Yolen"),),
    identifiers=(("record", "LINC:1"), ("lccn", "87020123"), ("isbn", "9780399214578")),
    origin="record LINC:1",
)


def kept(record: CatalogueRecord, number: int = 1) -> Shelf:
    """A shelf with one thing on it, as this record described it."""
    shelf = Shelf()
    shelf.put(
        Known(number, record.title, record.mode, record.match_key, record.origin, numbers=frozenset(record.identifiers))
    )
    return shelf


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        pytest.param({}, True, id="the same record"),
        pytest.param({"title": "Another title altogether"}, True, id="its own number, whatever the title"),
        pytest.param({"identifiers": (("isbn", "9780399214578"),)}, True, id="an ISBN and the title"),
        pytest.param(
            {"identifiers": (("isbn", "9780399214578"),), "title": "The owl moon: a tale"}, True, id="more or less"
        ),
        pytest.param({"identifiers": (("isbn", "9780399214578"),), "title": "Cooking"}, False, id="an ISBN mistyped"),
        pytest.param({"identifiers": (("isbn", "9780399214578"),), "mode": Mode.LISTENING}, False, id="another mode"),
        pytest.param({"identifiers": ()}, True, id="title and creator"),
        pytest.param({"identifiers": (), "makers": (Maker("Yolen, Jane"),)}, True, id="a name the other way round"),
        pytest.param({"identifiers": (), "makers": (Maker("John Yolen"),)}, False, id="another creator"),
        pytest.param({"identifiers": (), "format": Format.EBOOK}, False, id="another format"),
        pytest.param({"identifiers": (("isbn", "9780140501827"),)}, False, id="an edition with its own number"),
        pytest.param({"identifiers": (("record", ":77"),)}, True, id="a number of nobody, and the title"),
    ],
)
def test_a_record_finds_what_it_is_about(changed, found):
    assert (kept(OWL).find(replace(OWL, **changed)) is not None) is found


def test_a_number_without_a_library_is_believed_only_with_the_title():
    shelf = kept(replace(OWL, identifiers=(("record", ":1"),)))
    assert shelf.find(CatalogueRecord("Cooking for two", identifiers=(("record", ":1"),))) is None


def test_a_record_s_own_number_goes_before_numbers_that_others_share():
    shelf = kept(replace(OWL, identifiers=(("isbn", "9780399214578"),)), number=1)
    shelf.put(Known(2, "Owl moon", Mode.READING, "", "record LINC:1", numbers=frozenset({("record", "LINC:1")})))
    found = shelf.find(OWL)
    assert found is not None
    assert found.id == 2
