"""A class or group is asked for a thing once at a time, whoever asks, changes days, takes a proposal up or undoes.

Whoever does one of these holds the list first and the assignment second, so two at one moment see each other.
Source: DECISIONS.md, "A class is asked for a thing once at a time".
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from engage import dates
from engage.classes.asking_queries import asked_already, changeable_by
from engage.classes.models import Assignment, AssignmentItem
from engage.classes.rules import AskedAlready, already_words, same_days
from engage.errors import NotFound
from engage.lists.models import CuratedList
from engage.people.rules import Reader

DAYS = ("shows_from", "due_on")


async def hold_assignment(key: str, by: Reader) -> Assignment:
    """An assignment that this person may change or take back, held together with its list. Raises NotFound."""
    asks_for = await changeable_by(by).filter(key=key).values_list("curated_id")
    held = CuratedList.filter(school_id=by.school.id, id__in=[number for (number,) in asks_for])
    await held.select_for_update(no_key=True).only("id").first()
    row = await changeable_by(by).filter(key=key).select_for_update().first()
    if row is None:
        raise NotFound(key)
    return row


async def check_new(
    row: Mapping[str, Any],
    resources: Collection[int],
    rooms: Mapping[int, bool],
    groups: Collection[int],
    by: Reader,
    *,
    before: Assignment | None = None,
) -> None:
    """Refuse to ask a class or group for what it is asked for already; what is over may be asked again.

    row: curated_id and the days of DAYS. rooms: the classes, and whether it is only proposed to each; who decides is
    held up by no proposal. before: what is to be asked on these days from now on, as it is until now; what it stands
    beside already is left to it. Raises AskedAlready.
    """
    today = dates.today(by.school.zone)
    starts, ends = max(row["shows_from"], today), row["due_on"]
    if ends is not None and ends < today:
        return
    found = await asked_already(by, row["curated_id"], resources, rooms, groups, starts, ends)
    found = [one for one in found if not one["waiting"] or rooms.get(one["school_class_id"], True)]
    if before is not None:
        found = [one for one in found if one["id"] != before.id and not _beside(before, one, today)]
    if not found:
        return
    said = [already_words(*(one[name] for name in ("name", "title", *DAYS, "waiting"))) for one in found]
    about = "groups" if all(one["group_id"] is not None for one in found) else "classes"
    sentence = f"{' '.join(said)} Change that, or ask again when it is over."
    raise AskedAlready(sentence, about, tuple(one["key"] for one in found))


async def check_again(row: Assignment, waiting: bool, by: Reader) -> None:
    """The same of an assignment that is to hold again, or from now on. Raises AskedAlready."""
    await _check(row, _days(row), waiting, None, by)


async def check_moved(row: Assignment, shows_from: date, due_on: date | None, by: Reader) -> None:
    """The same of an assignment that is to have other days. Raises AskedAlready."""
    if _days(row) != (shows_from, due_on):
        await _check(row, (shows_from, due_on), row.waiting, row, by)


async def _check(
    row: Assignment, days: tuple[date, date | None], waiting: bool, before: Assignment | None, by: Reader
) -> None:
    if row.only_some:
        return
    items = await AssignmentItem.filter(school_id=by.school.id, assignment_id=row.id).values_list("resource_id")
    group: int | None = row.group_id  # type: ignore[attr-defined]
    rooms = {row.school_class_id: waiting} if group is None else {}  # type: ignore[attr-defined]
    groups = [] if group is None else [group]
    said = {"curated_id": row.curated_id, **dict(zip(DAYS, days, strict=True))}  # type: ignore[attr-defined]
    await check_new(said, [number for (number,) in items], rooms, groups, by, before=before)


def _beside(row: Assignment, other: Mapping[str, Any], today: date) -> bool:
    """Whether an assignment is asked for on a day of the other as it stands, from today on."""
    starts, ends = _days(row)
    over = ends is not None and ends < today
    return not over and same_days(max(starts, today), ends, other["shows_from"], other["due_on"])


def _days(row: Assignment) -> tuple[date, date | None]:
    return row.shows_from, row.due_on
