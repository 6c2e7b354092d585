"""What a change at another library means here: only what concerns us, and as few moves as can be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from engage.engagement.rules import Mode
from engage.lists.exchange_rules import (
    Kind,
    compare,
    displaced,
    item_from,
    item_values,
    kind_of,
    next_look,
    record_of,
    status_problem,
    title_of,
)
from engage.lists.rules import ListKind
from engage.resources.rules import Format
from feeds.shared_list import SharedItem, SharedList, SharedSection

NEAR, FAR = SharedSection("near", "Near"), SharedSection("far", "Far")


def shared(*items: SharedItem, **more: object) -> SharedList:
    return SharedList("l", "Sea", "Salt.", sections=(NEAR, FAR), items=items, **more)  # type: ignore[arg-type]


def item(guid: str, note: str = "", section: str = "near") -> SharedItem:
    return SharedItem(guid, f"Title {guid}", note=note, section=section)


A, B, C, D = (item(guid) for guid in "abcd")


def test_only_what_stands_here_can_change_or_leave() -> None:
    before = shared(A, B, C)
    after = replace(shared(replace(A, note="New."), C, D), title="Seas")
    told = [(each.kind, each.guid) for each in compare(before, after, {"a", "b", "c"})]
    assert told == [(Kind.WORDS, ""), (Kind.ADDED, "d"), (Kind.REMOVED, "b"), (Kind.NOTE, "a")]
    assert [each.kind for each in compare(before, after, {"c"})] == [Kind.WORDS, Kind.ADDED]
    assert compare(before, before, {"a", "b", "c"}) == []
    added = next(each for each in compare(before, after, set()) if each.kind is Kind.ADDED)
    assert added.now["where"] == {"section": "Near", "after": "c"}
    assert item_from(added.now) == D
    assert compare(before, shared(A, B, C, D), {"a", "b", "c", "d"}) == [], "somebody has it already"


def test_what_stands_beyond_what_is_taken_of_a_long_list_has_not_left_it() -> None:
    assert compare(shared(A, B), shared(A, left_out=5), {"a", "b"}) == []


def test_a_move_is_told_of_what_moved_and_not_of_all_that_made_room() -> None:
    here = {"a", "b", "c", "d"}
    [one] = compare(shared(A, B, C, D), shared(D, A, B, C), here)
    assert (one.kind, one.guid, one.now["after"]) == (Kind.MOVED, "d", "")
    [one] = compare(shared(A, B, C), shared(A, replace(B, section="far"), C), here)
    assert (one.guid, one.was["section"], one.now["section"]) == ("b", "Near", "Far")
    assert displaced([0, 1, 2]) == displaced([]) == set()
    assert displaced([2, 0, 1]) == {0}
    assert len(displaced([3, 2, 1, 0])) == 3


def test_a_title_of_another_library_becomes_a_record_of_ours() -> None:
    there = SharedItem(
        "x",
        "Squid",
        ("Ann Holm",),
        mode="viewing",
        language="en",
        grade_low=0,
        numbers=(("isbn", "9780306406157"), ("record", "7")),
        address="https://films.example/squid",
    )
    record = record_of(there)
    assert (record.mode, record.format, record.creators) == (Mode.VIEWING, Format.VIDEO, "Ann Holm")
    assert record.identifiers == (("isbn", "9780306406157"),)
    assert record.addresses[0].url == "https://films.example/squid"
    assert record_of(replace(there, mode="smelling", format="scroll")).format is Format.BOOK
    assert record_of(replace(there, format="podcast episode", mode="")).mode is Mode.LISTENING
    assert record_of(replace(there, language="x" * 30)).language == ""
    assert item_from(item_values(there)) == there
    assert title_of(replace(shared(), title="x" * 300)) == "x" * 119 + "…"
    assert (kind_of(shared()), kind_of(replace(shared(), kind="text set"))) == (ListKind.LIST, ListKind.TEXT_SET)


def test_an_origin_is_asked_daily_and_less_often_while_it_does_not_answer() -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    waits = [(next_look(now, failures) - now) // timedelta(days=1) for failures in (0, 1, 2, 3, 9)]
    assert waits == [1, 2, 4, 7, 7]
    assert status_problem(410, "Hill") == "Hill no longer gives this list at its address. What you took over stays."
    assert "wants a password" in status_problem(401, "")
    assert "it answers 500" in status_problem(500, "Hill")
