"""When two people write at once, nobody's words are lost."""

from hypothesis import given
from hypothesis import strategies as st

from engage.lists.together import Settled, one_form, print_of, settled

texts = st.text(max_size=20)


def test_what_one_person_changed_stands() -> None:
    assert settled(print_of("old"), "mine", "old") == Settled("mine")


def test_what_another_changed_meanwhile_stands_where_i_changed_nothing() -> None:
    assert settled(print_of("old"), "old", "theirs") == Settled("theirs")


def test_two_who_wrote_the_same_agree() -> None:
    assert settled(print_of("old"), "new", "new") == Settled("new")


def test_two_who_wrote_different_things_are_asked() -> None:
    assert settled(print_of("old"), "mine", "theirs") == Settled("theirs", clash=True)


def test_one_who_emptied_a_note_that_another_rewrote_is_asked() -> None:
    assert settled(print_of("old"), "", "theirs") == Settled("theirs", clash=True)


def test_how_a_browser_ends_lines_is_no_change() -> None:
    assert settled(print_of("one\ntwo"), "one\r\ntwo ", "one\ntwo") == Settled("one\ntwo")


@given(texts, texts, texts)
def test_words_are_only_replaced_by_one_who_saw_them(seen: str, mine: str, now: str) -> None:
    result = settled(print_of(seen), mine, now)
    replaced = result.text != one_form(now)
    assert not replaced or one_form(seen) == one_form(now)
    dropped = result.text != one_form(mine) and one_form(mine) != one_form(seen)
    assert result.clash == dropped
