import re

import pytest

from engage.errors import Refused
from engage.people import pins


@pytest.mark.parametrize(
    "pin",
    [
        *("123456", "654321", "111111", "000000", "121212", "112233", "123123", "123321", "159753", "246810", "987654"),
        *("311204", "123104", "041231", "290200", "201512", "199901", "010190"),
        *("890123", "135791", "777377", "565656", "748847"),
    ],
)
def test_a_pin_that_others_would_try_first_is_refused(pin):
    with pytest.raises(Refused, match="easy to guess"):
        pins.check_pin(pin)


@pytest.mark.parametrize("typed", ["846293", "846 293", " 846293 ", "84-62-93", "\u0668\u0664\u0666\u0662\u0669\u0663"])
def test_a_pin_is_the_same_however_it_was_typed(typed):
    assert pins.check_pin(typed) == "846293"


@pytest.mark.parametrize("typed", ["", "49031", "8462937", "49031x", "pin"])
def test_a_pin_has_six_digits(typed):
    with pytest.raises(Refused, match="6 digits"):
        pins.check_pin(typed)


def test_pins_by_chance_are_never_weak_and_enough_are_left():
    assert not any(pins.is_weak(pins.choose_pin()) for _ in range(2_000))
    left = sum(not pins.is_weak(f"{number:06d}") for number in range(0, 1_000_000, 7)) * 7
    assert left > 900_000


def test_the_commonest_are_six_digits_each_and_none_is_there_for_another_reason():
    assert len(pins.COMMON) == 366
    assert all(re.fullmatch(r"\d{6}", pin) for pin in pins.COMMON)
    assert not any(pins.is_date(pin) or pins.is_run(pin) or pins.repeats(pin) for pin in pins.COMMON)
    repeating = sum(pins.repeats(f"{number:06d}") for number in range(1_000_000))
    assert repeating + len(pins.COMMON) > 1_000
