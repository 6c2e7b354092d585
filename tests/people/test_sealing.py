from datetime import UTC, datetime, timedelta

from engage.people import sealing

KEY, OTHER = "k" * 40, "o" * 40
NOW = datetime(2026, 11, 13, 13, 0, tzinfo=UTC)


def test_what_is_sealed_opens_with_the_same_key_for_the_same_thing_alone():
    secret = bytes(range(70))
    sealed = sealing.sealed(KEY, "second factor/ada", secret)
    assert sealing.opened(KEY, "second factor/ada", sealed) == secret
    assert sealing.opened(OTHER, "second factor/ada", sealed) is None
    assert sealing.opened(KEY, "second factor/tom", sealed) is None
    assert sealing.sealed(KEY, "second factor/ada", secret) != sealed


def test_what_is_sealed_can_neither_be_read_nor_changed():
    sealed = sealing.sealed(KEY, "x", b"the sentinel secret!")
    raw = sealing._bytes(sealed)
    assert b"sentinel" not in raw
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert sealing.opened(KEY, "x", sealing._text(changed)) is None
    for text in ("", "a", "ab", "é", "=" * 9, "a===", "ab=cd", sealed[:20], f"{sealed}\n"):
        assert sealing.opened(KEY, "x", text) is None


def test_what_was_handed_out_comes_back_in_time_unchanged_and_for_the_same_use():
    text = sealing.handed_out(KEY, "card", {"card": "abc"}, NOW + timedelta(minutes=5))
    assert sealing.handed_back(KEY, "card", text, NOW + timedelta(minutes=4)) == {"card": "abc"}
    assert sealing.handed_back(KEY, "card", text, NOW + timedelta(minutes=5)) is None
    assert sealing.handed_back(KEY, "invitation", text, NOW) is None
    assert sealing.handed_back(OTHER, "card", text, NOW) is None
    for wrong in ("", text[:-1], text + "A", "A" * len(text), "ü", "!"):
        assert sealing.handed_back(KEY, "card", wrong, NOW) is None
