"""Who of the staff changed others' data or looked at a student's record; for the school admin to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from engage import dates
from engage.people.models import AuditEntry
from engage.people.rules import Reader, Scope, named

SHOWN = 100
TAKEN_OUT = 20_000
COLUMNS = ("id", "at", "act", "subject", "detail")


@dataclass(frozen=True)
class Wanted:
    """What the audit is looked through for. who: a part of the name of who did it or whom it is about."""

    act: str = ""
    who: str = ""
    on: date | None = None


async def note(
    act: str,
    *,
    by: Reader | None,
    by_id: int | None = None,
    about_id: int | None = None,
    subject: str = "",
    detail: str = "",
    school_id: int | None = None,
) -> None:
    """Write an act down, inside the transaction that does it.

    act: in words, "opened class sign-in". by: None where a command did it, or somebody (by_id) who is not in yet; then
    school_id says in which school.
    about_id: the person it concerns. subject: another thing's key.
    """
    await AuditEntry.create(
        school_id=by.school.id if by else school_id,
        at=dates.now(),
        by_id=by.id if by else by_id,
        act=act,
        about_id=about_id,
        subject=subject,
        detail=detail,
    )


def sees_about(reader: Reader) -> bool:
    """Whether the reader sees whom an act is about: who reads the audit wholly (ADM03, Y)."""
    return reader.may("ADM03", Scope.SCHOOL)


def _found(reader: Reader, wanted: Wanted) -> QuerySet[AuditEntry]:
    entries = AuditEntry.filter(school_id=reader.school.id)
    if wanted.act:
        entries = entries.filter(act=wanted.act)
    if wanted.who:
        did = Q(by__name__icontains=wanted.who)
        entries = entries.filter(did | _about(wanted.who) if sees_about(reader) else did)
    if wanted.on is not None:
        zone = reader.school.zone
        begins, ends = (dates.moment(day, time(), zone) for day in (wanted.on, wanted.on + timedelta(days=1)))
        entries = entries.filter(at__gte=begins, at__lt=ends)
    return entries.order_by("-id")


def _about(who: str) -> Q:
    """Whom an act is about, by a part of the name or by name and letter: "Sam", "Sam D."."""
    name, _, letter = who.strip().removesuffix(".").rpartition(" ")
    by_name = Q(about__name__icontains=who)
    return by_name | Q(about__name__icontains=name, about__letter__iexact=letter) if name else by_name


async def _rows(reader: Reader, entries: QuerySet[AuditEntry]) -> list[dict[str, Any]]:
    names = {"by_name": "by__name", "about_name": "about__name", "letter": "about__letter"}
    rows = await entries.values(*COLUMNS, **names)
    for row in rows:
        letter = row.pop("letter")
        if row["about_name"]:  # two children of one name are told apart here, too
            row["about_name"] = named(row["about_name"], letter)
    if sees_about(reader):
        return rows
    return [{**row, "about_name": "", "detail": "" if row["about_name"] else row["detail"]} for row in rows]


async def latest(reader: Reader, before: int | None = None, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    """The newest acts of the school, a page at a time. before: the id of the last one seen."""
    entries = _found(reader, wanted or Wanted())
    if before is not None:
        entries = entries.filter(id__lt=before)
    return await _rows(reader, entries.limit(SHOWN))


async def acts(reader: Reader) -> Sequence[str]:
    """What was ever done at the school, in words and in order."""
    rows = AuditEntry.filter(school_id=reader.school.id).order_by("act").distinct()
    return [str(act) for act in await rows.values_list("act", flat=True)]


async def all_of(reader: Reader, wanted: Wanted) -> list[dict[str, Any]]:
    """Everything that is found, TAKEN_OUT rows at most, for a file."""
    return await _rows(reader, _found(reader, wanted).limit(TAKEN_OUT))
