"""Whether something is well-formed Caliper 1.2: an envelope, an event, or an entity. Pure; nothing is fetched.

The same check stands before everything that we send, and refuses what the standard's own malformed samples get wrong.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from engage.evaluation.caliper_terms import (
    ACTIONS,
    CONTEXT,
    ENTITIES,
    EVENTS,
    NAMELESS,
    PROFILES,
    VOCABULARIES,
    VOCABULARY,
    rows,
)

IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
EVENT_ID = re.compile(
    r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
# the one form of a moment that events have; source: Caliper 1.2, section 4.2, ISO 8601 with milliseconds, in UTC
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
DURATION = re.compile(
    r"P(?=\d|T\d)(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?W)?(?:\d+(?:\.\d+)?D)?"
    r"(?:T(?=\d)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?"
)
DEEPEST = 20
WHO = ("actor", "object", "generated", "target", "referrer")
AROUND = {
    "edApp": "SoftwareApplication",
    "group": "Organization",
    "membership": "Membership",
    "session": "Session",
    "federatedSession": "LtiSession",
}
BESIDE = frozenset({"@context", "id", "type"})
OF_EVENTS = BESIDE | {"profile", "action", "eventTime", "extensions", *WHO, *AROUND}


@dataclass(frozen=True)
class Kind:
    """A kind of entity. above: itself and what it is a kind of; columns: all, its own before those of above.

    needed: columns that it cannot be without.
    """

    above: frozenset[str]
    columns: dict[str, str] = field(hash=False)
    needed: frozenset[str]


@dataclass(frozen=True)
class Said:
    """What a kind of event may say. profiles, actions: empty for any. who: kinds of the entities in each of WHO."""

    profiles: frozenset[str]
    actions: frozenset[str]
    who: dict[str, tuple[str, ...]] = field(hash=False)


@cache
def kinds() -> dict[str, Kind]:
    """All kinds of entity by name."""
    found: dict[str, Kind] = {}
    for name, parent, columns in rows(ENTITIES):
        pairs = [each.split(None, 1) for each in columns.split(";") if each.strip()]
        above = found[parent] if parent else Kind(frozenset(), {}, frozenset())
        own = {column.rstrip("!").strip(): kind.strip() for column, kind in pairs}
        needed = {column.rstrip("!") for column, _ in pairs if column.endswith("!")}
        found[name] = Kind(above.above | {name}, {**above.columns, **own}, above.needed | needed)
    return found


@cache
def events() -> dict[str, Said]:
    """All kinds of event by name."""
    found: dict[str, Said] = {}
    for name, profiles, actions, *who in rows(EVENTS):
        found[name] = Said(
            frozenset() if profiles == "*" else frozenset({f"{profiles}Profile"}),
            frozenset() if actions == "*" else frozenset(actions.split()),
            {place: tuple(kinds_.split()) for place, kinds_ in zip(WHO, who, strict=True)},
        )
    return found


def problems(document: bytes | str | dict[str, Any]) -> list[str]:
    """What is wrong with an envelope, an event or an entity, one line each; none if it is well-formed."""
    if not isinstance(document, dict):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return ["not JSON"]
    if not isinstance(document, dict):
        return ["not an object"]
    if "sensor" in document or "data" in document:
        return list(_envelope(document))
    return list(_datum(document, ""))


def _envelope(envelope: dict[str, Any]) -> Iterator[str]:
    if not _is_iri(envelope.get("sensor")):
        yield "sensor: not an address"
    yield from _plain("sendTime", envelope.get("sendTime"), "time")
    if envelope.get("dataVersion") != CONTEXT:
        yield "dataVersion: not Caliper 1.2"
    data = envelope.get("data")
    if not isinstance(data, list) or not data:
        yield "data: not a list with something in it"
        return
    for place, datum in enumerate(data):
        yield from _datum(datum, f"data[{place}].")


def _datum(datum: Any, at: str) -> Iterator[str]:
    if not isinstance(datum, dict):
        yield f"{at}: not an object"
        return
    kind = _word(datum.get("type"))
    if not _says_caliper(datum.get("@context")) and kind not in NAMELESS:
        yield f"{at}@context: not that of Caliper 1.2"
    if kind in kinds():
        yield from _entity(datum, at, "Entity" if kind not in NAMELESS else kind, 0)
    elif kind in events():
        yield from _event(datum, at, events()[kind])
    else:
        yield f"{at}type: no such kind: {datum.get('type')!r}"


def _says_caliper(context: Any) -> bool:
    """Whether the words are those of Caliper: its context by name, alone or among others, or written out."""
    if isinstance(context, dict):
        return context.get("caliper") == VOCABULARY
    return context == CONTEXT or (isinstance(context, list) and CONTEXT in context)


def _event(event: dict[str, Any], at: str, said: Said) -> Iterator[str]:
    if not (isinstance(event.get("id"), str) and EVENT_ID.fullmatch(event["id"])):
        yield f"{at}id: not a urn:uuid"
    yield from _plain(f"{at}eventTime", event.get("eventTime"), "time")
    profile, action = _word(event.get("profile")), _word(event.get("action"))
    if "profile" in event and (profile not in PROFILES or (said.profiles and profile not in said.profiles)):
        yield f"{at}profile: not one of this kind of event: {profile!r}"
    if action not in ACTIONS or (said.actions and action not in said.actions):
        yield f"{at}action: not one of this kind of event: {action!r}"
    for place in WHO:
        if place in event or place in ("actor", "object"):
            # a kind of event that names nothing here may still be told more than it names
            wanted = said.who[place] or ("Entity",)
            yield from _reference(event.get(place), f"{at}{place}", wanted, 0)
    if event["type"] == "SessionEvent" and action in ("LoggedIn", "LoggedOut"):
        yield from _reference(event.get("actor"), f"{at}actor", ("Person",), 0)
        yield from _reference(event.get("object"), f"{at}object", ("SoftwareApplication",), 0)
    if event["type"] == "SessionEvent" and action == "TimedOut":
        yield from _reference(event.get("object"), f"{at}object", ("Session",), 0)
    for place, wanted_kind in AROUND.items():
        if place in event:
            yield from _reference(event[place], f"{at}{place}", (wanted_kind,), 0)
    if "extensions" in event:
        yield from _plain(f"{at}extensions", event["extensions"], "map")
    for name in set(event) - OF_EVENTS:
        yield f"{at}{name}: no such word; what is one's own goes under extensions"


def _reference(value: Any, at: str, wanted: tuple[str, ...], depth: int) -> Iterator[str]:
    """An entity of one of these kinds, or its address."""
    if isinstance(value, str):
        if not _is_iri(value):
            yield f"{at}: not an address: {value[:40]!r}"
        return
    if not isinstance(value, dict):
        yield f"{at}: neither an entity nor an address"
        return
    kind = kinds().get(_word(value.get("type")))
    if kind is None or not kind.above.intersection(wanted):
        yield f"{at}: not of kind {' or '.join(wanted)}: {value.get('type')!r}"
        return
    yield from _entity(value, f"{at}.", value["type"], depth + 1)


def _entity(entity: dict[str, Any], at: str, wanted: str, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        yield f"{at}: too deep"
        return
    kind = kinds()[entity["type"]]
    if wanted not in kind.above:
        yield f"{at}type: not of kind {wanted}"
    if entity["type"] not in NAMELESS and not _is_iri(entity.get("id")):
        yield f"{at}id: not an address"
    # the anonymous form of an entity has the address of its kind as its id, and need say no more
    for name in sorted(kind.needed - set(entity)):
        yield f"{at}{name}: missing"
    for name, value in entity.items():
        if name in kind.columns:
            yield from _column(value, f"{at}{name}", kind.columns[name], depth)
        elif name == "extensions":
            yield from _plain(f"{at}extensions", value, "map")
        elif name not in BESIDE:
            yield f"{at}{name}: no such word; what is one's own goes under extensions"


def _column(value: Any, at: str, kind: str, depth: int) -> Iterator[str]:
    if kind.startswith("["):
        if not isinstance(value, list):
            yield f"{at}: not a list"
            return
        for place, each in enumerate(value):
            yield from _column(each, f"{at}[{place}]", kind[1:-1], depth)
    elif kind[0].isupper():
        yield from _reference(value, at, (kind,), depth)
    elif kind.startswith("<"):
        if not isinstance(value, str) or value not in VOCABULARIES[kind[1:-1]]:
            yield f"{at}: not a known {kind[1:-1]}: {value!r}"
    else:
        yield from _plain(at, value, kind)


def _plain(at: str, value: Any, kind: str) -> Iterator[str]:
    if not PLAIN[kind](value):
        yield f"{at}: not a {kind}: {str(value)[:40]!r}"


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_iri(value: Any) -> bool:
    return isinstance(value, str) and IRI.fullmatch(value) is not None


def _is_time(value: Any) -> bool:
    if not isinstance(value, str) or not TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0


PLAIN: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "time": _is_time,
    "duration": lambda value: isinstance(value, str) and DURATION.fullmatch(value) is not None,
    "whole": _is_whole,
    "count": lambda value: _is_whole(value) and value >= 0,
    # the samples of the standard refuse a decimal without its point: 15 is no 15.0
    "number": lambda value: isinstance(value, float),
    "yes": lambda value: isinstance(value, bool),
    "map": lambda value: isinstance(value, dict),
}
