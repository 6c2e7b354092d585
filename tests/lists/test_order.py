"""However a list is rearranged, nothing is lost and its parts stay together."""

from hypothesis import given
from hypothesis import strategies as st

from engage.lists.order import Place, arranged, moved, shifted

STORIES, FACTS = 7, 9
SIX = [Place(1, None), Place(2, STORIES), Place(3, STORIES), Place(4, STORIES), Place(5, FACTS), Place(6, FACTS)]
PARTS = [STORIES, FACTS]


def numbers(places: list[Place]) -> list[int]:
    return [place.item for place in places]


def test_up_and_down_move_one_place_inside_the_part() -> None:
    assert numbers(moved(SIX, PARTS, 3, STORIES, "up")) == [1, 3, 2, 4, 5, 6]
    assert numbers(moved(SIX, PARTS, 3, STORIES, "down")) == [1, 2, 4, 3, 5, 6]


def test_an_item_stops_at_the_ends_of_its_part() -> None:
    assert moved(SIX, PARTS, 2, STORIES, "up") == SIX
    assert moved(SIX, PARTS, 4, STORIES, "down") == SIX


def test_top_and_bottom_are_those_of_the_part() -> None:
    assert numbers(moved(SIX, PARTS, 4, STORIES, "top")) == [1, 4, 2, 3, 5, 6]
    assert numbers(moved(SIX, PARTS, 2, STORIES, "bottom")) == [1, 3, 4, 2, 5, 6]


def test_a_place_is_counted_from_one_and_kept_inside_the_part() -> None:
    assert numbers(moved(SIX, PARTS, 4, STORIES, 2)) == [1, 2, 4, 3, 5, 6]
    assert numbers(moved(SIX, PARTS, 2, STORIES, 99)) == [1, 3, 4, 2, 5, 6]
    assert numbers(moved(SIX, PARTS, 4, STORIES, -3)) == [1, 4, 2, 3, 5, 6]


def test_into_another_part_an_item_goes_last_unless_told_where() -> None:
    assert moved(SIX, PARTS, 2, FACTS, "bottom")[-1] == Place(2, FACTS)
    assert moved(SIX, PARTS, 2, FACTS, "up")[-1] == Place(2, FACTS)
    assert numbers(moved(SIX, PARTS, 6, STORIES, 1)) == [1, 6, 2, 3, 4, 5]
    assert moved(SIX, PARTS, 6, None, "top")[:2] == [Place(6, None), Place(1, None)]


def test_into_an_empty_part() -> None:
    empty = 8
    assert numbers(moved(SIX, [STORIES, empty, FACTS], 1, empty, "bottom")) == [2, 3, 4, 1, 5, 6]


def test_parts_are_moved_with_all_that_is_in_them() -> None:
    assert numbers(arranged(SIX, [FACTS, STORIES])) == [1, 5, 6, 2, 3, 4]
    assert shifted([1, 2, 3], 2, "up") == [2, 1, 3]
    assert shifted([1, 2, 3], 2, "down") == [1, 3, 2]
    assert shifted([1, 2, 3], 1, "up") == [1, 2, 3]
    assert shifted([1, 2, 3], 3, "down") == [1, 2, 3]


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[Place], list[int]]:
    parts = draw(st.lists(st.integers(100, 110), unique=True, max_size=4))
    items = draw(st.lists(st.integers(1, 60), unique=True, min_size=1, max_size=30))
    places = [Place(item, draw(st.sampled_from([None, *parts]))) for item in items]
    return arranged(places, parts), parts


moves = st.one_of(st.sampled_from(["up", "down", "top", "bottom"]), st.integers(-5, 40))


@given(lists(), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 4), moves), max_size=12))
def test_no_move_loses_doubles_or_scatters_an_item(
    made: tuple[list[Place], list[int]], steps: list[tuple[int, int, str | int]]
) -> None:
    places, parts = made
    for which, where, to in steps:
        item = places[which % len(places)].item
        part = [None, *parts][where % (len(parts) + 1)]
        after = moved(places, parts, item, part, to)
        assert sorted(numbers(after)) == sorted(numbers(places))
        assert next(place.part for place in after if place.item == item) == part
        assert {place for place in after if place.item != item} == {place for place in places if place.item != item}
        assert after == arranged(after, parts)
        # whatever was not touched keeps its order
        assert [n for n in numbers(after) if n != item] == [n for n in numbers(places) if n != item]
        places = after


@given(lists(), st.data())
def test_to_a_place_means_that_place(made: tuple[list[Place], list[int]], data: st.DataObject) -> None:
    places, parts = made
    item = data.draw(st.sampled_from(places)).item
    part = data.draw(st.sampled_from([None, *parts]))
    size = len([place for place in places if place.part == part and place.item != item]) + 1
    to = data.draw(st.integers(1, size))
    inside = [place.item for place in moved(places, parts, item, part, to) if place.part == part]
    assert inside.index(item) + 1 == to


@given(lists(), st.data())
def test_up_after_down_is_where_it_was(made: tuple[list[Place], list[int]], data: st.DataObject) -> None:
    places, parts = made
    place = data.draw(st.sampled_from(places))
    down = moved(places, parts, place.item, place.part, "down")
    if down != places:
        assert moved(down, parts, place.item, place.part, "up") == places
