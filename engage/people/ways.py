"""What the students of each grade band sign in with, as their school chose it. Source: SAFETY.md, L2."""

from collections.abc import Mapping
from dataclasses import dataclass

from engage.database.transaction import one_transaction
from engage.errors import NotAllowed
from engage.people import audit
from engage.people.rules import GradeBand, Reader, Second, band_of
from engage.people.sign_in_models import BandWays

BANDS = tuple(band for band in GradeBand if band is not GradeBand.NONE)


@dataclass(frozen=True)
class Ways:
    """cards: whether cards are used. second: what is shown besides a card or the own tile."""

    cards: bool = True
    second: Second = Second.PICTURES


USUAL = Ways()


async def ways_by_band(school_id: int) -> dict[GradeBand, Ways]:
    """The ways of every band of a school; the usual ones where it chose none."""
    rows = await BandWays.filter(school_id=school_id).values("band", "cards", "second")
    chosen = {GradeBand(row["band"]): Ways(bool(row["cards"]), Second(row["second"])) for row in rows}
    return {band: chosen.get(band, USUAL) for band in GradeBand}


async def ways_of(school_id: int, grade: int | None) -> Ways:
    """The ways of a student of this grade."""
    return (await ways_by_band(school_id))[band_of(grade)]


@one_transaction
async def choose_ways(chosen: Mapping[GradeBand, Ways], *, by: Reader) -> bool:
    """Keep what a school chose for its bands (ADM01). Whether that is anything new. Raises NotAllowed."""
    if not by.may("ADM01"):
        raise NotAllowed("ADM01")
    before = await ways_by_band(by.school.id)
    changed = {band: ways for band, ways in chosen.items() if before[band] != ways}
    for band, ways in changed.items():
        await BandWays.update_or_create(
            school_id=by.school.id, band=band.value, defaults={"cards": ways.cards, "second": ways.second.value}
        )
        words = (
            f"{band}: {'cards, ' if ways.cards else ''}{'four pictures' if ways.second is Second.PICTURES else 'PIN'}"
        )
        await audit.note("chose how students sign in", by=by, detail=words)
    return bool(changed)
