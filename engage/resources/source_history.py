"""How a source has done lately, in words: when it is visited next, what thirty days of visits came to, and each spell.

Sources: SAFETY.md, F4; PRODUCT.md, section 2, "shows the health of each source in words".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from engage.people.rules import Reader
from engage.resources.incoming_models import Visit
from engage.resources.intake import VISITS_KEPT
from engage.resources.rules import SourceState
from engage.resources.visiting import spell
from engage.resources.wording import counted
from engage.web.render import ago

SPELLS = 20
# more visits than thirty days can hold
MOST = 5_000
SOON = timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Spell:
    """Visits in a row that found the same. first, last: when the earliest and the latest of them were."""

    good: bool
    sentence: str
    times: int
    first: datetime
    last: datetime

    @property
    def words(self) -> str:
        """What they found, and how many they were."""
        return self.sentence if self.times == 1 else f"{self.sentence} {self.times} visits in a row."


@dataclass(frozen=True)
class History:
    """What the visits of a source came to. sentences: all of them together. spells: the latest ones, newest first."""

    sentences: tuple[str, ...]
    spells: tuple[Spell, ...]


async def history_of(reader: Reader, source_id: int, now: datetime) -> History:
    """The visits of the last thirty days to a source of the school."""
    mine = Visit.filter(school_id=reader.school.id, source_id=source_id, at__gt=now - VISITS_KEPT)
    rows = await mine.order_by("-at", "-id").limit(MOST).values("at", "good", "sentence", "new", "changed")
    return History(tuple(summary(rows, now)), tuple(spells(rows)[:SPELLS]))


def spells(visits: Iterable[Mapping[str, Any]]) -> list[Spell]:
    """The visits with those together that say the same one after the other. visits: newest first."""
    found: list[Spell] = []
    for visit in visits:
        at, good, sentence = visit["at"], visit["good"], visit["sentence"]
        if found and (found[-1].good, found[-1].sentence) == (good, sentence) and not visit["new"]:
            found[-1] = replace(found[-1], times=found[-1].times + 1, first=at)
        else:
            found.append(Spell(good, sentence, 1, at, at))
    return found


def summary(visits: Sequence[Mapping[str, Any]], now: datetime) -> list[str]:
    """What the visits came to: how many, how many in vain, and what they brought. visits: newest first."""
    if not visits:
        return []
    vain = sum(not visit["good"] for visit in visits)
    since = now - visits[-1]["at"]
    length = spell(since).removeprefix("an ").removeprefix("a ")
    begun = f"In the last {length}" if since >= SOON else "So far"
    trouble = f"{vain:,} of them in vain" if vain else "all of them good"
    if len(visits) == 1:
        trouble = "in vain" if vain else "a good one"
    sentences = [f"{begun}: {counted(len(visits), 'visit')}, {trouble}."]
    brought = [visit for visit in visits if visit["new"]]
    if brought:
        number = sum(visit["new"] for visit in brought)
        entries = counted(number, "new entry", "new entries")
        sentences.append(f"They brought {entries}, {'the last ' if number > 1 else ''}{ago(brought[0]['at'], now)}.")
    else:
        sentences.append("They brought nothing new.")
    if vain and visits[0]["good"]:
        last = next(visit for visit in visits if not visit["good"])
        sentences.append(f"The last trouble was {ago(last['at'], now)}: {last['sentence']}")
    return sentences


def next_visit(source: Mapping[str, Any], now: datetime) -> str:
    """When a source is visited next, in words; "" where it is not visited."""
    if source["state"] is not SourceState.ACTIVE:
        return ""
    wait = source["next_visit_at"] - now
    if wait < SOON:
        return "The next visit is due now."
    again = "The next try is" if source["failures"] else "The next visit is"
    # the nearest, so that nobody waits for an hour that is nearly two
    return f"{again} in {spell(wait + next(unit for unit in (DAY, HOUR, SOON) if wait >= unit) / 2)}."
