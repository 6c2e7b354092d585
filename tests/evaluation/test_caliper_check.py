"""Our check of Caliper 1.2 against the samples of the standard: all that are valid, none that is malformed."""

import pytest

from engage.evaluation.caliper_check import problems
from tests.data import shared


def told() -> dict[str, bool]:
    """The samples by name, with whether the manifest calls them valid."""
    lines = (line.split("\t") for line in shared("MANIFEST.tsv").read_text().splitlines())
    return {row[0].rpartition("/")[2]: "malformed" not in row[6] for row in lines if "/v1p2/" in row[0]}


def test_every_valid_sample_is_accepted_and_every_malformed_one_refused():
    expected = told()
    found = {path.name: problems(path.read_bytes()) for path in shared("caliper/v1p2").glob("*.json")}
    assert set(found) == set(expected)
    assert (len(found), sum(expected.values())) == (245, 82)
    assert {name: wrong for name, wrong in found.items() if expected[name] and wrong} == {}
    assert [name for name, wrong in found.items() if not expected[name] and not wrong] == []


EVENT = {
    "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
    "id": "urn:uuid:7c0fc54b-cf2a-426f-9203-b2c97fb77bfd",
    "type": "ToolUseEvent",
    "profile": "ToolUseProfile",
    "actor": "https://example.edu/people/1",
    "action": "Used",
    "object": {"id": "https://example.edu", "type": "SoftwareApplication"},
    "eventTime": "2026-11-15T10:15:00.000Z",
}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": "https://example.edu/1"}, "id"),
        ({"eventTime": "2026-11-15T10:15:00Z"}, "eventTime"),
        ({"eventTime": "2026-13-15T10:15:00.000Z"}, "eventTime"),
        ({"actor": {"id": "https://example.edu", "type": ["Person"]}}, "actor"),
        ({"@context": "http://example.edu"}, "@context"),
        ({"nickname": "x"}, "nickname"),
        ({"profile": "ReadingProfile"}, "profile"),
        ({"group": {"id": "x", "type": "Organization"}}, "group.id"),
        ({"object": {"id": "https://example.edu", "type": "SoftwareApplication", "version": 1}}, "object.version"),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(change, where):
    assert problems(EVENT) == []
    assert [line.partition(": ")[0] for line in problems(EVENT | change)] == [where]


def test_an_envelope_is_looked_into():
    envelope = {"sensor": "https://example.edu/1", "sendTime": "2026-11-15T10:15:00.000Z", "data": [EVENT]}
    assert problems(envelope) == ["dataVersion: not Caliper 1.2"]
    envelope["dataVersion"] = EVENT["@context"]
    assert problems(envelope) == []
    assert problems(envelope | {"data": [EVENT | {"id": 1}]}) == ["data[0].id: not a urn:uuid"]
    assert problems(envelope | {"data": []}) == ["data: not a list with something in it"]


def test_nonsense_is_refused_and_never_raises():
    deep: dict = {"type": "Collection", "id": "a:b"}
    for _ in range(60):
        deep = {"type": "Collection", "id": "a:b", "isPartOf": deep}
    for each in (b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, {}, {"type": {}}, {"type": None, "data": 3}, deep):
        assert problems(each)
