import dataclasses
from datetime import UTC, datetime

import pytest

from feeds import Entry, Identity, changes_its_ids, distinct, identities
from feeds.address import same_place

MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
WHALE = Entry(guid="w", title="The whale", url="https://e.org/whale", published_at=MAY)


def keys(*entries: Entry, source: str = "source 1") -> list[str]:
    return [one.key for one in identities(source, entries)]


def seconds(*entries: Entry) -> list[str]:
    return [one.second for one in identities("source 1", entries)]


def changed(**fields: object) -> Entry:
    return dataclasses.replace(WHALE, **fields)  # type: ignore[arg-type]


def test_an_entry_keeps_its_key_whatever_else_changes():
    later = changed(title="A new title", url="https://e.org/moved", published_at=JUNE, body_html="<p>more</p>")
    assert keys(WHALE) == keys(later)


def test_the_same_guid_in_two_sources_is_two_things():
    assert keys(WHALE) != keys(WHALE, source="source 2")


def test_a_guid_that_stands_twice_in_a_visit_needs_the_address_beside_it():
    one, two = keys(WHALE, changed(url="https://e.org/other"))
    assert one != two
    assert keys(WHALE)[0] not in (one, two)


def test_without_a_guid_the_address_counts_and_without_an_address_title_and_date():
    assert keys(changed(guid=None)) == keys(changed(guid=None, title="x"))
    nameless = changed(guid=None, url=None)
    assert keys(nameless) == keys(dataclasses.replace(nameless, body_html="x"))
    assert keys(nameless) != keys(dataclasses.replace(nameless, published_at=JUNE))
    assert keys(nameless) != keys(dataclasses.replace(nameless, title="x"))


def test_a_guid_an_address_and_a_title_that_read_alike_are_not_alike():
    three = Entry(guid="https://e.org/"), Entry(url="https://e.org/"), Entry(title="https://e.org/")
    assert len(set(keys(*three))) == 3
    one, other = Entry(url="https://e.org/a", title="b"), Entry(url="https://e.org/ab", title="")
    assert seconds(one) != seconds(other)


def test_entries_with_nothing_but_words_are_told_apart_by_them():
    assert len(set(keys(Entry(body_html="<p>a</p>"), Entry(body_html="<p>b</p>")))) == 2
    assert len(set(seconds(Entry(body_html="<p>a</p>"), Entry(body_html="<p>b</p>")))) == 2


def test_the_second_key_does_not_see_how_an_address_is_decorated():
    same = [
        changed(guid="another"),
        changed(url="http://www.E.org/whale/?utm_source=feed#top", title=" the  WHALE "),
        changed(published_at=JUNE),
    ]
    assert set(seconds(*same)) == set(seconds(WHALE))
    assert seconds(changed(title="The shark")) != seconds(WHALE)
    assert seconds(changed(url="https://e.org/whale?page=2")) != seconds(WHALE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://e.org", "https://www.e.org/"),
        ("https://e.org:443/a", "http://e.org:80/a"),
        ("https://e.org/a?b=1&a=2", "https://e.org/a?a=2&b=1&fbclid=x"),
    ],
)
def test_two_addresses_lead_to_the_same_place(one, other):
    assert same_place(one) == same_place(other)


def test_other_addresses_lead_elsewhere():
    places = ["https://e.org/a", "https://e.org/A", "https://e.org:8080/a", "https://e.org/a?b", "https://f.org/a"]
    assert len({same_place(one) for one in places}) == len(places)


def test_of_an_entry_that_stands_twice_the_newer_is_kept_at_its_first_place():
    old, new, other = changed(title="old"), changed(title="new", published_at=JUNE), Entry(guid="x")
    for entries in ([old, other, new], [new, other, old]):
        kept = distinct(entries, identities("s", entries))
        assert [entry for entry, _ in kept] == [new, other]


def test_a_feed_changes_its_ids_when_four_in_five_are_known_by_the_second_key_only():
    visit = [Identity(f"new {number}", f"second {number}") for number in range(10)]
    known = [one.second for one in visit]
    assert changes_its_ids(visit, [], known)
    assert changes_its_ids(visit, ["new 0", "new 1"], known)
    assert not changes_its_ids(visit, ["new 0", "new 1", "new 2"], known)
    assert not changes_its_ids(visit, [], known[:7])
    assert not changes_its_ids([], [], [])


def test_visits_of_a_feed_with_new_guids_each_time_are_recognised():
    first = identities("s", [changed(guid=f"a{n}", url=f"https://e.org/{n}", title=f"t{n}") for n in range(5)])
    second = identities("s", [changed(guid=f"b{n}", url=f"https://e.org/{n}", title=f"t{n}") for n in range(5)])
    assert changes_its_ids(second, {one.key for one in first}, {one.second for one in first})
    assert [one.second for one in first] == [one.second for one in second]
