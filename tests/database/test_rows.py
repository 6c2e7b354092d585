"""Plain statements give and take what the ORM gives and takes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from tortoise.exceptions import IntegrityError, ValidationError

from engage.database import rows
from engage.engagement.rules import Mode
from engage.resources.incoming_models import InboxEntry, Source
from engage.resources.rules import EntryState, Format, SourceState
from tests import make

AT = datetime(2026, 11, 13, 14, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=2)))
COLUMNS = ("id", "identity", "title", "published_at", "date_guessed", "mode", "state", "minutes", "year", "decided_at")


def entry(source: Source, number: int) -> dict[str, object]:
    empty = ("url", "summary", "body", "creator", "file_url", "file_type", "language", "picture", "transcript", "why")
    return dict.fromkeys(empty, "") | {
        "school_id": source.school_id,
        "source_id": source.id,
        "key": f"key{number}",
        "identity": f"i{number}",
        "second_key": f"s{number}",
        "content_hash": "",
        "title": f"Owls {number} 🦉",
        "published_at": AT,
        "date_guessed": number == 2,
        "mode": Mode.VIEWING,
        "format": Format.VIDEO,
        "minutes": None,
        "seen_at": AT,
        "state": EntryState.WAITING,
        "proposal": "",
        "explicit": False,
        "year": 2020 + number,
        "decided_at": None,
    }


async def test_rows_are_added_read_and_changed_as_by_the_orm(ada):
    source, other = await make.source("Owls"), await make.source("Bats")
    await rows.add(InboxEntry, [entry(source, number) for number in (1, 2, 3)])
    await rows.add(InboxEntry, [entry(other, 4)])
    await rows.add(InboxEntry, [])
    mine = InboxEntry.filter(school_id=source.school_id, source_id=source.id).order_by("id")
    where = {"school_id": source.school_id, "source_id": source.id}
    found = await rows.read(InboxEntry, COLUMNS, where)
    assert sorted(found, key=lambda row: row["id"]) == list(await mine.values(*COLUMNS))
    assert {type(row["mode"]) for row in found} == {Mode}
    assert {row["published_at"] for row in found} == {AT.astimezone(UTC)}

    either = {"identity": ["i1", "i4"], "second_key": ["s3"]}
    assert {row["title"][:6] for row in await rows.read(InboxEntry, ("title",), where, either)} == {"Owls 1", "Owls 3"}
    assert await rows.read(InboxEntry, ("title",), {**where, "identity": "i4"}) == []

    decided = {"state": EntryState.IGNORED, "decided_at": AT, "minutes": 9}
    await rows.change(InboxEntry, decided, {**where, "identity": "i2"})
    assert list(await mine.values_list("state", "decided_at", "minutes")) == [
        (EntryState.WAITING, None, None),
        (EntryState.IGNORED, AT, 9),
        (EntryState.WAITING, None, None),
    ]


@pytest.mark.parametrize("times", [1, 10])  # few rows, whose values go in one by one, and many, which go as one text
async def test_what_was_added_is_given_back_and_every_text_stays_as_it_is(times, ada):
    source = await make.source("Owls")
    texts = ["007", '"O\'Brien", she said: [1, 2] \\u0041', "null", "çà 🦉", ""] * times
    assert (len(texts) * len(entry(source, 0)) > rows.FEW_VALUES) is (times > 1)
    new = [entry(source, number) | {"title": text} for number, text in enumerate(texts)]
    added = await rows.add(InboxEntry, new, returning=("id", "title", "mode", "published_at"))
    of_all = InboxEntry.filter(school_id=source.school_id, source_id=source.id).order_by("id")
    assert added == list(await of_all.values("id", "title", "mode", "published_at"))
    assert [row["title"] for row in added] == texts
    assert await rows.add(InboxEntry, [], returning=("id",)) == []


async def test_a_text_that_is_too_long_is_refused_and_not_cut(ada):
    source = await make.source("Owls")
    with pytest.raises(ValidationError):
        await rows.add(InboxEntry, [entry(source, 1) | {"key": "k" * 14}])
    assert await InboxEntry.filter(school_id=source.school_id).count() == 0


async def test_a_row_comes_with_what_is_counted_beside_it(ada):
    source = await make.source("Owls", state=SourceState.PAUSED)
    beside = '(SELECT COUNT(*) FROM "visit" WHERE "visit"."school_id"="source"."school_id") AS "visits"'
    found = await rows.read(Source, ("state",), {"school_id": source.school_id, "id": source.id}, beside=beside)
    assert found == [{"state": SourceState.PAUSED, "visits": 0}]


async def test_one_row_is_added_and_its_id_given_back(ada):
    source = await make.source("Owls")
    number = await rows.add_one(InboxEntry, entry(source, 1))
    assert await InboxEntry.filter(school_id=source.school_id).values_list("id", "title") == [(number, "Owls 1 🦉")]
    with pytest.raises(IntegrityError):
        await rows.add_one(InboxEntry, entry(source, 1))


async def test_every_column_stands_among_its_values(ada):
    source = await make.source("Owls")
    await rows.add(InboxEntry, [entry(source, number) for number in (1, 2, 3)])
    where, among = {"school_id": source.school_id}, {"identity": ["i1", "i2"], "second_key": ["s2", "s3"]}
    assert [row["identity"] for row in await rows.read(InboxEntry, ("identity",), where, among=among)] == ["i2"]
    either = {"identity": ["i1"], "second_key": ["s2"]}
    found = await rows.read(InboxEntry, ("identity",), where, either, lock=True, among=among)
    assert [row["identity"] for row in found] == ["i2"]
    among = {"identity": ["i3"], "second_key": ["s3"]}
    assert await rows.read(InboxEntry, ("identity",), where, either, among=among) == []


async def test_a_text_that_is_too_long_for_its_column_is_refused(ada):
    source = await make.source("Owls")
    with pytest.raises(ValidationError):
        await rows.add(InboxEntry, [entry(source, 1) | {"identity": "i" * 1_000}])
