"""Which other spellings are offered for what was typed."""

from engage.resources.spelling import spellings


def test_a_spelling_is_one_of_words_that_stand_together():
    things = [{"harry", "potter", "the", "goblet"}, {"pottery", "for", "all"}, {"larry", "pot"}]
    assert spellings(["hary", "poter"], things) == ["harry potter"]
    assert spellings(["potery"], things) == ["pottery", "potter"]
    assert spellings(["harry", "potter"], things) == []
    assert spellings(["zzz"], things) == []


def test_words_that_were_typed_beyond_the_fourth_say_nothing():
    assert spellings(["owl"] * 9, [{"owls"}]) == ["owls owls owls owls"]
