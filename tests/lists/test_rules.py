"""The life of a list, whom it may be published to, and what is looked at before."""

from dataclasses import replace
from datetime import date

import pytest

from engage.errors import NotAllowed, Refused
from engage.lists.rules import (
    OnList,
    State,
    Visibility,
    audiences,
    check_audience,
    check_publishable,
    findings,
    free_slug,
    is_stale,
    may_edit,
    may_withdraw,
    slug_of,
)
from engage.people.rules import Reader, Role, SchoolCard

LINCOLN = SchoolCard(1, "k", "lincoln", "Lincoln", "America/New_York", 1)
ADA = Reader(LINCOLN, id=1, roles=frozenset({Role.SPECIALIST}))
TOM = Reader(LINCOLN, id=2, roles=frozenset({Role.TEACHER}), taught_ids=frozenset({12}))
ANNA = Reader(LINCOLN, id=3, roles=frozenset({Role.AIDE}))
SAM = Reader(LINCOLN, id=4, roles=frozenset({Role.STUDENT}))
ALMA = Reader(LINCOLN, id=5, roles=frozenset({Role.SCHOOL_ADMIN}))
VISITOR = Reader(LINCOLN)


def test_a_list_needs_an_item_and_an_introduction() -> None:
    check_publishable(State.DRAFT, 1, "Read this.")
    check_publishable(State.WITHDRAWN, 1, "Read this.")
    with pytest.raises(Refused, match="one item"):
        check_publishable(State.DRAFT, 0, "Read this.")
    with pytest.raises(Refused, match="introduce") as refused:
        check_publishable(State.DRAFT, 1, "  ")
    assert refused.value.about == "introduction"
    with pytest.raises(Refused, match="already"):
        check_publishable(State.PUBLISHED, 1, "Read this.")


def test_who_may_edit() -> None:
    assert may_edit(ADA, TOM.id)
    assert may_edit(ANNA, None)
    assert may_edit(TOM, TOM.id)
    assert not may_edit(TOM, ADA.id)
    assert not may_edit(TOM, None)
    assert not any(may_edit(reader, TOM.id) for reader in (SAM, ALMA, VISITOR))


def test_who_may_take_a_list_down() -> None:
    assert may_withdraw(TOM, TOM.id)
    assert not may_withdraw(TOM, ADA.id)
    assert may_withdraw(ALMA, ADA.id)
    assert not may_withdraw(ANNA, ADA.id)
    assert not may_withdraw(VISITOR, None)


def test_whom_a_list_may_be_published_to() -> None:
    assert audiences(ADA, TOM.id) == [Visibility.CLASSES, Visibility.STAFF, Visibility.SCHOOL, Visibility.PUBLIC]
    assert audiences(TOM, TOM.id) == [Visibility.CLASSES]
    assert audiences(TOM, ADA.id) == []
    assert audiences(ANNA, ADA.id) == [Visibility.CLASSES]
    assert audiences(SAM, SAM.id) == []


def test_a_teacher_publishes_to_own_classes_and_asks_for_the_rest() -> None:
    check_audience(TOM, TOM.id, Visibility.CLASSES, {12})
    for visibility in (Visibility.SCHOOL, Visibility.PUBLIC, Visibility.STAFF):
        with pytest.raises(NotAllowed) as refused:
            check_audience(TOM, TOM.id, visibility, {12})
        assert "Ask a specialist to publish it" in refused.value.sentence
    with pytest.raises(NotAllowed):
        check_audience(TOM, TOM.id, Visibility.CLASSES, {12, 13})
    check_audience(ADA, TOM.id, Visibility.CLASSES, {12, 13})
    with pytest.raises(Refused, match="Choose the classes"):
        check_audience(TOM, TOM.id, Visibility.CLASSES, set())


def test_a_published_list_grows_stale() -> None:
    today = date(2026, 11, 3)
    assert is_stale(State.PUBLISHED, today, today)
    assert not is_stale(State.PUBLISHED, date(2026, 11, 4), today)
    assert not is_stale(State.PUBLISHED, None, today)
    assert not is_stale(State.DRAFT, today, today)


def test_names_of_lists_in_addresses() -> None:
    assert slug_of("Sea stories") == "sea-stories"
    assert slug_of("  L'été — Hot! ") == "lete-hot"
    assert slug_of("星の本") == "list"
    assert slug_of("..//<script>") == "script"
    assert len(slug_of("word " * 60)) <= 75
    assert free_slug("Sea stories", {"sea-stories", "sea-stories-2"}) == "sea-stories-3"
    assert free_slug("星の本", set()) == "list"


def test_what_is_looked_at_before_publishing() -> None:
    good = OnList("a", "Owl Moon", noted=True, placed=True, broken=False, offered=True)
    assert all(line.good for line in findings([good], "Look up."))
    assert [(line.sentence, line.key) for line in findings([good, replace(good, key="b", noted=False)], "x")][-1] == (
        "1 item has no note",
        "b",
    )
    lost = [replace(good, key="b", placed=False), replace(good, key="c", broken=True)]
    assert findings([good, *lost], "x")[0].sentence == (
        "2 items cannot be reached: no place on a shelf, no working link"
    )
    assert findings([good, replace(good, key="d", offered=False)], "x")[1].sentence == (
        "1 item is no longer offered by the library"
    )
    assert findings([good], " ")[-1].sentence == "There is no introduction"
    assert not findings([], "x")[0].good
