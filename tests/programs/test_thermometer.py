"""What a class or the school reaches together begins with its number, on the way and past the goal."""

from types import SimpleNamespace

import pytest

from tests.test_templates import TEMPLATES

ASKED = '{% from "macros/programs.html" import thermometer %}{{ thermometer(one) }}'


@pytest.mark.parametrize(
    ("amount", "words", "large"),
    [
        (11_317, "11,317 of 20,000 minutes, the whole school together", "11,317"),
        (25_117, "Done, 25,117 minutes by now, the whole school together", "25,117"),
    ],
)
def test_a_goal_that_many_share_shows_its_number_large(amount: int, words: str, large: str) -> None:
    one = SimpleNamespace(
        title="The whole school", words=words, amount=amount, goal=20_000, together=SimpleNamespace(amount=amount)
    )
    shown = TEMPLATES.from_string(ASKED).render(one=one)
    assert f'<p class="display whole">{large} <span>' in shown
    assert ("Reached, together." in shown) == (amount >= 20_000)
