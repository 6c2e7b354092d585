"""Which list a new thing might belong on."""

from engage.lists.suggesting import Choice, Suggestion, suggest, words_of

SKY = Choice("look-up", "Look Up", words_of("Look Up", "The night sky, the moon, planets and stars."))
WINGS = Choice("things-with-wings", "Things with Wings", words_of("Things with Wings", "Birds, bats and butterflies."))
SEA = Choice("salt-water", "Salt Water", words_of("Salt Water", "Whales, ships and the sea."))
ALL = (SKY, WINGS, SEA)


def test_the_list_that_shares_most_words_is_suggested():
    found = suggest("How Do Bats See in the Dark?", "Echoes, ears and a visit to a bat cave.", ALL)
    assert found == Suggestion("things-with-wings", ("bat",))
    assert suggest("What's Up: November Skywatching", "Planets and where the moon will be.", ALL) == Suggestion(
        "look-up", ("moon", "planet")
    )


def test_words_of_the_title_count_twice():
    assert suggest("The Whale", "A planet seen from space.", ALL).slug == "salt-water"


def test_where_nothing_fits_nothing_is_suggested():
    assert suggest("A story about reading", "This is for the whole family.", ALL) == Suggestion()
    assert suggest("", "", ALL) == Suggestion()
    assert suggest("The Moon", "", ()) == Suggestion()


def test_accents_case_and_plurals_make_no_difference():
    assert suggest("PLÁNETS", "", ALL).slug == "look-up"


def test_of_two_that_fit_alike_the_first_is_taken():
    twice = (Choice("a", "A", words_of("moon")), Choice("b", "B", words_of("moon")))
    assert suggest("Moon", "", twice).slug == "a"
