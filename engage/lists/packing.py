"""How revisions are kept small: a whole list packed, or only what tells it from a whole one kept before.

A text that begins with "=" is a whole snapshot, one that begins with "+" differs from the whole one whose number
follows, and any other is plain JSON, as revisions were first kept. Both packed forms are JSON, deflated, in base 64.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Snapshot = Mapping[str, Any]

WHOLE, CHANGED = "=", "+"
# a difference that takes more room than this part of the whole one is no longer worth it: half of it is what each
# revision takes on average, and a whole one comes as often as differences of a hundred characters add up to it
WORTH = 6


@dataclass(frozen=True)
class Base:
    """A whole snapshot that others differ from. text: as it is kept."""

    number: int
    text: str


def packed(snapshot: Snapshot, base: Base | None = None) -> str:
    """A snapshot as it is kept: as what differs from the base, where that is much shorter."""
    if base is not None:
        changed = f"{CHANGED}{base.number} {_deflated(_changes(unpacked(base.text), snapshot))}"
        if len(changed) * WORTH < len(base.text):
            return changed
    return WHOLE + _deflated(snapshot)


def base_of(text: str) -> int | None:
    """The number of the whole snapshot that this one differs from; None where it is whole itself."""
    return int(text[1:].partition(" ")[0]) if text.startswith(CHANGED) else None


def unpacked(text: str, base: str = "") -> dict[str, Any]:
    """The whole snapshot. base: the text of the one that it differs from, where `base_of` names one."""
    if text.startswith(CHANGED):
        return _changed(unpacked(base), _inflated(text.partition(" ")[2]))
    found: dict[str, Any] = _inflated(text[1:]) if text.startswith(WHOLE) else json.loads(text)
    return found


def _changes(base: Snapshot, snapshot: Snapshot) -> dict[str, Any]:
    """What differs. items: the runs of items that stand in the base as well, first and last place, and new ones."""
    new = {name: value for name, value in snapshot.items() if name not in base or base[name] != value}
    lost = [name for name in base if name not in snapshot]
    if "items" in new:
        new["items"] = _runs(base.get("items", []), snapshot["items"])
    return {"new": new, "lost": lost}


def _runs(before: Sequence[Mapping[str, Any]], items: Sequence[Mapping[str, Any]]) -> list[Any]:
    places = {item["key"]: place for place, item in enumerate(before)}
    runs: list[Any] = []
    for item in items:
        place = places.get(item["key"])
        if place is None or before[place] != item:
            runs.append(item)
        elif runs and isinstance(runs[-1], list) and runs[-1][1] == place - 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    return runs


def _changed(base: Snapshot, changes: Snapshot) -> dict[str, Any]:
    new = dict(changes["new"])
    if "items" in new:
        new["items"] = [
            item
            for run in new["items"]
            for item in (base["items"][run[0] : run[1] + 1] if isinstance(run, list) else [run])
        ]
    return {**{name: value for name, value in base.items() if name not in changes["lost"]}, **new}


def _deflated(thing: Mapping[str, Any]) -> str:
    text = json.dumps(thing, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 6)).decode("ascii")


def _inflated(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text)))
