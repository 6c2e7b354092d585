"""Words that keep entries out of the inbox: the rules that a specialist makes, and what each has kept out.

A rule is of one source, or of all. An entry is muted when its title has all of the rule's words, whole and folded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import F, Q

from engage import dates
from engage.database import fold, rows
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.rules import Reader
from engage.resources.incoming_models import InboxEntry, MuteRule, Source
from engage.resources.rules import EntryState

LETTERS = 3
LONGEST = 200
RULES = 500
BATCH = 2_000


@dataclass(frozen=True)
class Rule:
    """A rule as an entry is held against it."""

    id: int
    words: str


def folded_words(text: str) -> str:
    """The words of a text as a rule keeps them: folded, each once, in order, one space between."""
    return " ".join(dict.fromkeys(fold.words(text)))


def fits(words: str, title: str) -> bool:
    """Whether a title has all words of a rule, wherever they stand in it."""
    wanted = set(words.split())
    return bool(wanted) and wanted <= set(fold.words(title))


def first_fitting(rules: Sequence[Rule], title: str) -> Rule | None:
    """The first rule that keeps a title out, or None."""
    if not rules:
        return None
    said = set(fold.words(title))
    return next((rule for rule in rules if said.issuperset(rule.words.split())), None)


@one_transaction
async def mute_words(words: str, source_key: str | None, by: Reader) -> str:
    """Keep entries with these words in their title out of the inbox from now on, and those that wait. The rule's key.

    source_key: of the one source that is meant, None for all. The same rule twice is one. Raises NotFound, Refused.
    """
    kept = folded_words(words)
    if len(kept.replace(" ", "")) < LETTERS:
        raise Refused("Write a word of at least three letters: shorter ones stand in too many titles.", about="words")
    if len(kept) > LONGEST:
        raise Refused("These are too many words to find in one title. Keep the few that matter.", about="words")
    source = await _source(source_key, by) if source_key is not None else None
    source_id = source.id if source else None
    mine = MuteRule.filter(school_id=by.school.id)
    same = await mine.get_or_none(words=kept, source_id=source_id)
    if same is not None:
        return same.key
    if await mine.count() >= RULES:
        raise Refused(f"A school can keep {RULES} such rules at most. Remove one first.", about="words")
    rule = await MuteRule.create(school_id=by.school.id, source_id=source_id, by_id=by.id, words=kept)
    fitting = [number for number, title in await _waiting(by, source_id) if fits(kept, title)]
    decided = {"state": EntryState.MUTED, "decided_by_id": by.id, "decided_at": dates.now(), "mute_id": rule.id}
    muted = 0
    for start in range(0, len(fitting), BATCH):
        some = InboxEntry.filter(school_id=by.school.id, id__in=fitting[start : start + BATCH])
        muted += await some.filter(state=EntryState.WAITING).update(**decided)
    await mine.filter(id=rule.id).update(muted=muted)
    await audit.note("mute words", by=by, subject=source.key if source else "", detail=kept)
    return rule.key


@one_transaction
async def unmute(key: str, by: Reader) -> int:
    """Forget a rule: what it muted waits again, unless another rule keeps it out as well. How many wait.

    Raises NotFound.
    """
    rule = await MuteRule.get_or_none(school_id=by.school.id, key=key)
    if rule is None:
        raise NotFound(key)
    muted = InboxEntry.filter(school_id=by.school.id, mute_id=rule.id, state=EntryState.MUTED)
    others = await _others(rule, by)
    if others:
        for row in await muted.values("id", "title", "source_id"):
            other = first_fitting([each for source, each in others if source in (None, row["source_id"])], row["title"])
            if other is not None:
                await InboxEntry.filter(school_id=by.school.id, id=row["id"]).update(mute_id=other.id)
                await MuteRule.filter(school_id=by.school.id, id=other.id).update(muted=F("muted") + 1)
    freed = await muted.update(state=EntryState.WAITING, decided_by_id=None, decided_at=None, why="", mute_id=None)
    await MuteRule.filter(school_id=by.school.id, id=rule.id).delete()
    await audit.note("unmute words", by=by, detail=rule.words)
    return freed


async def rules_for(reader: Reader, source_key: str | None = None) -> list[dict[str, Any]]:
    """The school's rules by their words: key, words, muted, made_at, by, source_key and source_title (None for all).

    source_key: only those that touch this source, which are its own and those of all sources.
    """
    mine = MuteRule.filter(school_id=reader.school.id)
    if source_key is not None:
        mine = mine.filter(Q(source_id__isnull=True) | Q(source__key=source_key))
    return await mine.order_by("words", "id").values(
        "key",
        "words",
        "muted",
        "made_at",
        by="by__name",
        source_key="source__key",
        source_title="source__title",
        source_url="source__url",
    )


async def rules_of(source_id: int, school_id: int) -> list[Rule]:
    """The rules that hold for one source, its own first."""
    found = await rows.read(MuteRule, ("id", "words", "source_id"), {"school_id": school_id})
    # a school has few, and hardly any are of another source
    mine = [row for row in found if row["source_id"] in (None, source_id)]
    mine.sort(key=lambda row: (row["source_id"] is None, row["id"]))
    return [Rule(row["id"], row["words"]) for row in mine]


async def count_muted(school_id: int, muted: Iterable[int]) -> None:
    """Add to the counts of rules what a visit brought. muted: for each entry kept out, the id of its rule."""
    ids = list(muted)
    for rule_id in dict.fromkeys(ids):
        await MuteRule.filter(school_id=school_id, id=rule_id).update(muted=F("muted") + ids.count(rule_id))


async def _others(rule: MuteRule, by: Reader) -> list[tuple[int | None, Rule]]:
    rows = await MuteRule.filter(school_id=by.school.id).exclude(id=rule.id).values("id", "words", "source_id")
    return [(row["source_id"], Rule(row["id"], row["words"])) for row in rows]


async def _waiting(by: Reader, source_id: int | None) -> list[tuple[int, str]]:
    waiting = InboxEntry.filter(school_id=by.school.id, state=EntryState.WAITING)
    if source_id is not None:
        waiting = waiting.filter(source_id=source_id)
    return [(row[0], row[1]) for row in await waiting.values_list("id", "title")]


async def _source(key: str, by: Reader) -> Source:
    source = await Source.get_or_none(school_id=by.school.id, key=key)
    if source is None:
        raise NotFound(key)
    return source
