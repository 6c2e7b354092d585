from datetime import UTC, datetime, timedelta

import pytest

from engage.people import one_time_codes as codes

SECRET = b"12345678901234567890"
MOMENT = datetime(2026, 11, 13, 13, 0, tzinfo=UTC)


# Source: RFC 6238, appendix B, the rows of SHA-1, whose eight digits end in these six
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert codes.code_at(SECRET, codes.step_of(datetime.fromtimestamp(seconds, UTC))) == code


def test_a_clock_may_be_half_a_minute_off_and_no_more():
    code = codes.code_at(SECRET, codes.step_of(MOMENT))
    for off in (-30, 0, 30):
        assert codes.step_with(SECRET, code, MOMENT + timedelta(seconds=off), after=0) == codes.step_of(MOMENT)
    for off in (-90, 90):
        assert codes.step_with(SECRET, code, MOMENT + timedelta(seconds=off), after=0) is None


def test_a_code_that_was_taken_is_taken_no_second_time():
    step = codes.step_of(MOMENT)
    assert codes.step_with(SECRET, codes.code_at(SECRET, step), MOMENT, after=step) is None
    assert codes.step_with(SECRET, codes.code_at(SECRET, step + 1), MOMENT, after=step) == step + 1


def test_a_code_may_be_typed_with_blanks():
    code = codes.code_at(SECRET, codes.step_of(MOMENT))
    assert codes.step_with(SECRET, f" {code[:3]} {code[3:]}", MOMENT, after=0)
    assert codes.step_with(SECRET, "", MOMENT, after=0) is None


def test_what_the_app_reads_names_the_school_and_holds_the_secret():
    address = codes.app_address(SECRET, "alma", "Lincoln & Sons")
    assert address == (
        "otpauth://totp/Engage%20Lincoln%20%26%20Sons%3Aalma?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Engage%20Lincoln%20%26%20Sons"
    )
    assert codes.typed_secret(SECRET).replace(" ", "") == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_ten_codes_stand_in_for_the_app_and_no_two_are_alike():
    assert len({codes.plain_code(code) for code in codes.new_recovery_codes()}) == 10
