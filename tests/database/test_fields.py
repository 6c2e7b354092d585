"""Keys that cannot be guessed, and moments that compare alike on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from engage.database.fields import ALPHABET, KEY_LENGTH, new_key
from engage.models import District, Session, Tick


def test_a_key_has_65_random_bits():
    keys = {new_key() for _ in range(2000)}
    assert len(keys) == 2000
    assert {len(key) for key in keys} == {KEY_LENGTH}
    assert set("".join(keys)) == set(ALPHABET)
    assert len(ALPHABET) ** KEY_LENGTH == 2**65


async def test_each_row_has_its_key(db):
    first, second = await District.create(name="a"), await District.create(name="b")
    assert first.key != second.key
    assert (await District.get(key=first.key)).name == "a"


async def test_a_moment_is_found_whatever_zone_it_is_asked_in(db):
    moment = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=-5)))
    await Tick.create(key="a@1", at=moment)
    kept = await Tick.get(key="a@1")
    assert (kept.at, kept.at.utcoffset()) == (moment, timedelta(0))
    for zone in (UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-11))):
        assert await Tick.filter(at=moment.astimezone(zone)).exists()
        assert await Tick.filter(at__gte=(moment - timedelta(microseconds=1)).astimezone(zone)).exists()
        assert not await Tick.filter(at__lt=moment.astimezone(zone)).exists()


async def test_a_moment_without_a_zone_is_a_mistake(db):
    with pytest.raises(ValueError, match="time zone"):
        await Tick.create(key="a@1", at=datetime(2026, 3, 1))
    with pytest.raises(ValueError, match="time zone"):
        await Session.filter(ends_at__lt=datetime(2026, 3, 1)).exists()
