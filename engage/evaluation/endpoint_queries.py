"""What is asked about receivers: those of the district, what they may get, what waits for them, and what has left."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from tortoise.functions import Count

from engage import dates
from engage.classes import lti_queries
from engage.database.tenancy import every_school
from engage.engagement.small_groups import limit_beyond
from engage.errors import NotFound
from engage.evaluation.statement_models import (
    Agreement,
    Disclosure,
    Endpoint,
    EndpointNote,
    EndpointSchool,
    Recall,
    Statement,
)
from engage.evaluation.statement_rules import Data, Signed, Speech, State, Waits, agreement_for, may_leave
from engage.people.models import School
from engage.people.rules import Reader, Role

SHOWN = 200
NOTES = 30
TAKEN_OUT = 20_000
Row = dict[str, Any]


def check_sets_receivers(reader: Reader) -> None:
    """Who decides where data go: the district's admin. Raises NotFound."""
    if Role.DISTRICT_ADMIN not in reader.roles:
        raise NotFound("receivers")


def in_kinds(text: str) -> list[Data]:
    """Kinds of data as they stand in a column."""
    return [Data(word) for word in text.split()]


def kinds_of(endpoint: Endpoint) -> list[Data]:
    """The kinds of data that are switched on for a receiver."""
    return in_kinds(endpoint.kinds)


async def signed_for(endpoint_id: int) -> list[Signed]:
    """The agreements on file for a receiver, the newest first."""
    rows = Agreement.filter(endpoint_id=endpoint_id).order_by("-id")
    columns = ("id", "kinds", "signed_on", "until", "made_at", "ended_at")
    return [Signed(**{**row, "kinds": frozenset(in_kinds(row["kinds"]))}) for row in await rows.values(*columns)]


async def kinds_that_leave(endpoint: Endpoint, on: date) -> list[Data]:
    """Of the kinds that are switched on those that may leave of a day: by an agreement that was on file by then."""
    by_then = [one for one in await signed_for(endpoint.id) if one.made_at.date() <= on]
    return may_leave(kinds_of(endpoint), on, by_then)


async def allowed_now(endpoint: Endpoint, now: datetime) -> dict[Data, int]:
    """The kinds that may be sent now, each with the number of the agreement that it is sent under; 0 where none."""
    signed, today = await signed_for(endpoint.id), now.date()
    kinds = may_leave(kinds_of(endpoint), today, signed)
    found = {kind: agreement_for(kind, today, signed) for kind in kinds}
    return {kind: under.id if under else 0 for kind, under in found.items()}


async def receivers_for(reader: Reader) -> list[Row]:
    """The receivers of the district: key name speech address is_on state problem alarm, schools, waiting, parked."""
    check_sets_receivers(reader)
    rows = (
        await Endpoint.filter(district_id=reader.school.district_id, ended_at=None)
        .order_by("name", "id")
        .limit(SHOWN)
        .values("id", "key", "name", "speech", "address", "is_on", "state", "problem", "alarm", "last_sent_at")
    )
    ids = [row["id"] for row in rows]
    schools, counts = await _schools(ids), await _counts(ids)
    for row in rows:
        row |= {
            "schools": [name for _, name in schools.get(row["id"], [])],
            "waiting": counts.get((row["id"], Waits.WAITING), 0),
            "parked": counts.get((row["id"], Waits.PARKED), 0),
            "speech": Speech(row["speech"]).words,
            "words": in_words(row),
        }
    return rows


def in_words(row: Row) -> str:
    """Where a receiver stands, in a sentence."""
    if not row["is_on"]:
        return "Switched off. Nothing leaves."
    match State(row["state"]):
        case State.NEW:
            return "Switched on. Nothing has been sent yet."
        case State.WORKS:
            return "It works."
        case State.RESTS:
            return f"It could not be had for now, and is tried again. {row['problem']}"
        case State.STOPPED:
            return f"Stopped, until you look at it. {row['problem']}"


async def _schools(ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Key and name of the schools of each receiver."""
    found: dict[int, list[tuple[str, str]]] = {}
    with every_school("the receivers of a district serve several of its schools"):
        rows = EndpointSchool.filter(endpoint_id__in=list(ids)).order_by("school__name")
        for endpoint, key, name in await rows.values_list("endpoint_id", "school__key", "school__name"):
            found.setdefault(endpoint, []).append((key, name))
    return found


async def _counts(ids: Sequence[int]) -> dict[tuple[int, str], int]:
    with every_school("the receivers of a district serve several of its schools"):
        rows = (
            await Statement.filter(endpoint_id__in=list(ids), state__in=[Waits.WAITING.value, Waits.PARKED.value])
            .annotate(many=Count("id"))
            .group_by("endpoint_id", "state")
            .values_list("endpoint_id", "state", "many")
        )
    return {(endpoint, state): many for endpoint, state, many in rows}


async def receiver_for(reader: Reader, key: str) -> Endpoint:
    """One receiver of the district. Raises NotFound."""
    check_sets_receivers(reader)
    found = await Endpoint.get_or_none(district_id=reader.school.district_id, key=key, ended_at=None)
    if found is None:
        raise NotFound(key)
    return found


async def school_keys_of(endpoint: Endpoint) -> list[str]:
    """The keys of the schools whose data go to a receiver."""
    return [key for key, _ in (await _schools([endpoint.id])).get(endpoint.id, [])]


async def school_names_of(endpoint: Endpoint) -> list[str]:
    """The names of the same."""
    return [name for _, name in (await _schools([endpoint.id])).get(endpoint.id, [])]


async def schools_of_district(reader: Reader) -> list[tuple[str, str]]:
    """Key and name of the schools of the reader's district."""
    rows = School.filter(district_id=reader.school.district_id).order_by("name", "id")
    return list(await rows.values_list("key", "name"))


async def agreements_of(endpoint: Endpoint, today: date) -> list[Row]:
    """The agreements of a receiver, the newest first: key kinds signed_by where signed_on until ended_at by valid."""
    rows = Agreement.filter(endpoint_id=endpoint.id).order_by("-id")
    columns = ("key", "kinds", "signed_by", "where", "signed_on", "until", "ended_at")
    with every_school("the admin of the district, who may be at home in another of its schools"):
        found = await rows.values(*columns, by="by__name")
    return [
        {
            **row,
            "kinds": [kind.words for kind in in_kinds(row["kinds"])],
            "valid": row["ended_at"] is None and row["signed_on"] <= today <= row["until"],
        }
        for row in found
    ]


async def agreement_of(endpoint: Endpoint, key: str) -> Agreement:
    """One agreement of a receiver that stands. Raises NotFound."""
    found = await Agreement.get_or_none(endpoint_id=endpoint.id, key=key, ended_at=None)
    if found is None:
        raise NotFound(key)
    return found


async def notes_of(endpoint: Endpoint) -> list[Row]:
    """What happened with a receiver of late, the newest first: at, what, by."""
    rows = EndpointNote.filter(endpoint_id=endpoint.id).order_by("-at", "-id").limit(NOTES)
    with every_school("the admin of the district, who may be at home in another of its schools"):
        return await rows.values("at", "what", by="by__name")


async def waiting_of(endpoint: Endpoint) -> dict[str, int]:
    """How many statements of a receiver stand where: by Waits."""
    with every_school("the receivers of a district serve several of its schools"):
        rows = Statement.filter(endpoint_id=endpoint.id).annotate(many=Count("id")).group_by("state")
        return dict(await rows.values_list("state", "many"))


async def parked_of(endpoint: Endpoint) -> list[Row]:
    """Why statements were set aside, and how many for each reason."""
    with every_school("the receivers of a district serve several of its schools"):
        rows = (
            Statement.filter(endpoint_id=endpoint.id, state=Waits.PARKED.value)
            .annotate(many=Count("id"))
            .group_by("problem")
        )
        return [{"problem": problem, "many": many} for problem, many in await rows.values_list("problem", "many")]


# -- what has left


async def disclosed(reader: Reader, most: int = SHOWN, before: date | None = None) -> list[Row]:
    """What left the school, the last day first: on, receiver, kind, number, signed_by, signed_on, until.

    before: only days before this one.
    """
    rows = Disclosure.filter(school_id=reader.school.id)
    if before is not None:
        rows = rows.filter(on__lt=before)
    found = (
        await rows.order_by("-on", "endpoint_id", "kind")
        .limit(most)
        .values("on", "kind", "number", "agreement_id", receiver="endpoint__name")
    )
    numbers = sorted({row["agreement_id"] for row in found if row["agreement_id"]})
    inside = reader.school.fewest
    fewest = limit_beyond(inside) if reader.roles <= {Role.DISTRICT_ADMIN} else inside
    signed = {row["id"]: row for row in await Agreement.filter(id__in=numbers).values("id", "signed_by", "signed_on")}
    return [
        {
            **row,
            "kind": Data(row["kind"]).words,
            "number": how_many(Data(row["kind"]), row["number"], fewest),
            "under": under_words(signed.get(row["agreement_id"])),
        }
        for row in found
    ]


def how_many(kind: Data, number: int, fewest: int) -> int | str:
    """How many statements, where so few of single students would not tell how few students there were (P10)."""
    return f"fewer than {fewest}" if kind.of_students and number < fewest else number


def under_words(agreement: Row | None) -> str:
    """Under which agreement something left, in words."""
    if agreement is None:
        return "None is needed: nobody is in it."
    return f"Signed by {agreement['signed_by']} on {agreement['signed_on']:%d %B %Y}".replace(" 0", " ")


async def receivers_of_school(reader: Reader, today: date) -> list[Row]:
    """To whom data of the school go now: name, and each kind in words with what stands in it. For everybody."""
    places = EndpointSchool.filter(school_id=reader.school.id, endpoint__is_on=True, endpoint__ended_at=None)
    found = []
    for endpoint in await Endpoint.filter(id__in=list(await places.values_list("endpoint_id", flat=True))).order_by(
        "id"
    ):
        kinds = await kinds_that_leave(endpoint, today)
        found.append({"name": endpoint.name, "kinds": kinds})
    return found


async def left_this_year(reader: Reader, today: date) -> list[Row]:
    """The yearly notice: to whom which kinds of data went in this school year. For everybody, so without numbers."""
    year = dates.school_year(today, reader.school.year_starts_in)
    rows = Disclosure.filter(school_id=reader.school.id, on__gte=year.starts).order_by("endpoint__name", "kind")
    found = await rows.distinct().values_list("endpoint__name", "kind")
    return [{"receiver": name, "kind": Data(kind).words} for name, kind in found]


async def going_out(reader: Reader) -> dict[str, Any]:
    """What the public page on privacy says: now, to whom which kinds go, and year, what left in this school year."""
    today = dates.today(reader.school.zone)
    starts = dates.moment(dates.school_year(today, reader.school.year_starts_in).starts, time(), reader.school.zone)
    courses = await lti_queries.courses_that_hear(reader, starts)
    return {
        "now": await receivers_of_school(reader, today) + courses["now"],
        "year": await left_this_year(reader, today) + courses["year"],
    }


async def recalls_of(reader: Reader) -> list[Row]:
    """Receivers that have to be asked to delete what they hold of somebody who was erased here."""
    rows = Recall.filter(school_id=reader.school.id).order_by("-id").limit(SHOWN)
    return await rows.values("key", "pseudonym", "number", "at", "settled_at", receiver="endpoint__name")


async def recall_of(reader: Reader, key: str) -> Recall:
    """One of them that is open. Raises NotFound."""
    found = await Recall.get_or_none(school_id=reader.school.id, key=key, settled_at=None)
    if found is None:
        raise NotFound(key)
    return found
