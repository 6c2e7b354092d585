"""A fact in the words of a receiver: Caliper 1.2 events, xAPI 1.0.3 statements, and how many of them travel together.

Pure. Nothing in it names a person, and where a fact is nobody's neither a pseudonym. Source: STANDARDS.md, 5.7 and 5.8.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from engage import __version__
from engage.evaluation.caliper_terms import CONTEXT, VOCABULARY
from engage.evaluation.statement_rules import Data, Speech, Way

XAPI_VERSION = "1.0.3"
VERBS_AT = "http://adlnet.gov/expapi/verbs/"
ACTIVITIES_AT = "http://adlnet.gov/expapi/activities/"
EXTENSIONS_AT = "urn:x-engage:"


class Act(StrEnum):
    """What happened, as a fact has it."""

    USED = "used"
    OPENED = "opened"
    GIVEN = "given"
    JOINED = "joined"
    COMPLETED = "completed"
    TESTED = "tested"


@dataclass(frozen=True)
class Fact:
    """One thing that happened, ready to be said. id: its number for this receiver, see stable_id.

    at: when it happened. school: key, name and address of the library. who: the pseudonym, "" for nobody in
    particular. thing: address of what it is about, the library's own where it is about the library. mode, minutes,
    starts, ends: of a sum of minutes; from a moment to a moment.
    """

    id: str
    kind: Data
    act: Act
    at: datetime
    base: str
    school_name: str
    school_url: str
    thing: str
    who: str = ""
    mode: str = ""
    minutes: int = 0
    starts: datetime | None = None
    ends: datetime | None = None


def moment(at: datetime) -> str:
    """A moment as both standards write it: UTC, milliseconds, Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def said(fact: Fact, speech: Speech) -> dict[str, Any]:
    """The fact as a receiver of this kind wants it."""
    return caliper(fact) if speech is Speech.CALIPER else xapi(fact)


# -- Caliper

_ABOUT = {
    Act.USED: ("ToolUseEvent", "ToolUseProfile", "Used"),
    Act.TESTED: ("ToolUseEvent", "ToolUseProfile", "Used"),
    Act.OPENED: ("ViewEvent", "ReadingProfile", "Viewed"),
    Act.GIVEN: ("AssignableEvent", "AssignableProfile", "Activated"),
    Act.JOINED: ("AssignableEvent", "AssignableProfile", "Started"),
    Act.COMPLETED: ("AssignableEvent", "AssignableProfile", "Completed"),
}


def caliper(fact: Fact) -> dict[str, Any]:
    """The fact as a Caliper event. A person who is nobody in particular is the anonymous form of one."""
    kind, profile, action = _ABOUT[fact.act]
    actor = {"id": f"urn:uuid:{fact.who}" if fact.who else f"{VOCABULARY}Person", "type": "Person"}
    event: dict[str, Any] = {
        "@context": CONTEXT,
        "id": f"urn:uuid:{fact.id}",
        "type": kind,
        "profile": profile,
        "actor": actor,
        "action": action,
        "object": _object(fact),
        "eventTime": moment(fact.at),
        "edApp": fact.base,
        "group": {"id": fact.school_url, "type": "Organization", "name": fact.school_name},
    }
    if fact.act is Act.USED:
        event["generated"] = _measures(fact)
    if fact.act in (Act.JOINED, Act.COMPLETED) and fact.who:
        event["generated"] = {
            "id": f"{fact.thing}#{fact.who}",
            "type": "Attempt",
            "assignee": actor["id"],
            "assignable": fact.thing,
        }
    return event


def _object(fact: Fact) -> dict[str, Any]:
    if fact.act in (Act.USED, Act.TESTED):
        return {"id": fact.base, "type": "SoftwareApplication", "name": "Engage", "version": __version__}
    if fact.act is Act.OPENED:
        return {"id": fact.thing, "type": "DigitalResourceCollection"}
    return {"id": fact.thing, "type": "AssignableDigitalResource"}


def _measures(fact: Fact) -> dict[str, Any]:
    assert fact.starts is not None
    assert fact.ends is not None
    measure = {
        "id": f"urn:uuid:{fact.id}#minutes",
        "type": "AggregateMeasure",
        "name": f"Minutes of {fact.mode}",
        "metric": "MinutesOnTask",
        "metricValue": float(fact.minutes),
        "startedAtTime": moment(fact.starts),
        "endedAtTime": moment(fact.ends),
    }
    return {"id": f"urn:uuid:{fact.id}#sums", "type": "AggregateMeasureCollection", "items": [measure]}


# -- xAPI

_SAYS = {
    Act.USED: "progressed",
    Act.TESTED: "interacted",
    Act.OPENED: "experienced",
    Act.GIVEN: "launched",
    Act.JOINED: "registered",
    Act.COMPLETED: "completed",
}
_THINGS = {
    Data.USE: "media",
    Data.LISTS: "media",
    Data.PROGRAMS: "course",
    Data.ASSIGNED: "assessment",
    Data.LOG: "media",
}


def xapi(fact: Fact) -> dict[str, Any]:
    """The fact as an xAPI statement. Who is nobody in particular is the library itself: a statement needs an actor."""
    verb = _SAYS[fact.act]
    result: dict[str, Any] = {}
    if fact.minutes:
        result = {"duration": f"PT{fact.minutes}M", "extensions": {f"{EXTENSIONS_AT}mode": fact.mode}}
    statement: dict[str, Any] = {
        "id": fact.id,
        "actor": {"objectType": "Agent", "account": {"homePage": fact.base, "name": fact.who or fact.school_url}},
        "verb": {"id": f"{VERBS_AT}{verb}", "display": {"en": verb}},
        "object": {
            "objectType": "Activity",
            "id": fact.thing,
            "definition": {"type": f"{ACTIVITIES_AT}{_THINGS[fact.kind]}"},
        },
        "context": {
            "platform": "Engage",
            "contextActivities": {"grouping": [{"objectType": "Activity", "id": fact.school_url}]},
        },
        "timestamp": moment(fact.at),
        "version": XAPI_VERSION,
    }
    if fact.act is Act.COMPLETED:
        result["completion"] = True
    if fact.starts is not None and fact.ends is not None:
        result.setdefault("extensions", {})
        result["extensions"] |= {
            f"{EXTENSIONS_AT}from": moment(fact.starts),
            f"{EXTENSIONS_AT}until": moment(fact.ends),
        }
    return statement | ({"result": result} if result else {})


# -- on the way


@dataclass(frozen=True)
class Letter:
    """What is sent in one request. headers: besides the key."""

    body: bytes
    headers: dict[str, str]


def letter(bodies: Sequence[str], speech: Speech, sensor: str, now: datetime) -> Letter:
    """Some statements in one request. bodies: JSON of each; sensor: the address that says who sends."""
    if speech is Speech.XAPI:
        return Letter(f"[{','.join(bodies)}]".encode(), {"X-Experience-API-Version": XAPI_VERSION})
    head = json.dumps({"sensor": sensor, "sendTime": moment(now), "dataVersion": CONTEXT})
    return Letter(f'{head[:-1]}, "data": [{",".join(bodies)}]}}'.encode(), {})


def authorization(way: Way, login: str, secret: str) -> str:
    """How the key is shown, as a header."""
    if way is Way.BASIC:
        return f"Basic {base64.b64encode(f'{login}:{secret}'.encode()).decode()}"
    return f"Bearer {secret}"
