"""What differs between two states of a list, down to the words; pure, from the snapshots of its revisions."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

Snapshot = Mapping[str, Any]

TOKEN = re.compile(r"\S+\s*|\s+")
# how many pairs of the same word, one of each text, are looked through at most: what comparing costs grows with them.
# Two introductions of 350 words have 2,000; beyond it both texts are shown whole
MOST_PAIRS = 3_000
TYPED = {"title": "Title", "introduction": "Introduction"}
CHOSEN = {
    "kind": "What it is",
    "state": "State",
    "visibility": "Who sees it",
    "ink": "Ink",
    "scene": "Picture",
    "grade_low": "From grade",
    "grade_high": "To grade",
}


@dataclass(frozen=True)
class Piece:
    """Some words. kind: "ins" for those that came, "del" for those that went, "" for those that stayed."""

    kind: str
    text: str


@dataclass(frozen=True)
class ItemChange:
    """What became of one item. resource: its key.

    kind: "added", "removed", "moved" (among the others, or to another part) or "changed" (its note or mark).
    before, after: the note. part_before, part_after: headings. moved: also where the note changed as well.
    start: "set" or "taken" where its mark "start here" changed.
    """

    key: str
    resource: str
    kind: str
    before: str = ""
    after: str = ""
    part_before: str = ""
    part_after: str = ""
    moved: bool = False
    start: str = ""


@dataclass(frozen=True)
class Comparison:
    """words: label, before and after of what was typed. facts: the same of what was chosen.

    parts: before and after of headings with the lines beside them; "" where there was or is none.
    """

    words: tuple[tuple[str, str, str], ...] = ()
    facts: tuple[tuple[str, str, str], ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    items: tuple[ItemChange, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return self == Comparison()


def compare(before: Snapshot, after: Snapshot) -> Comparison:
    """What differs between two snapshots of one list; items in the order of the later one, then those that went."""
    return Comparison(
        words=tuple(_differing(before, after, TYPED)),
        facts=tuple(_differing(before, after, CHOSEN)),
        parts=tuple(_parts(before["sections"], after["sections"])),
        items=tuple(_items(before, after)),
    )


def _differing(before: Snapshot, after: Snapshot, labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    both = [(label, _said(before.get(name)), _said(after.get(name))) for name, label in labels.items()]
    return [each for each in both if each[1] != each[2]]


def _said(value: Any) -> str:
    return "" if value is None else str(value)


def _parts(before: Sequence[Snapshot], after: Sequence[Snapshot]) -> list[tuple[str, str]]:
    old, new = ({each["key"]: _heading(each) for each in side} for side in (before, after))
    changed = [(old.get(key, ""), heading) for key, heading in new.items() if old.get(key) != heading]
    return changed + [(heading, "") for key, heading in old.items() if key not in new]


def _heading(section: Snapshot) -> str:
    return f"{section['title']}: {section['note']}" if section["note"] else str(section["title"])


def _items(before: Snapshot, after: Snapshot) -> list[ItemChange]:
    old = {item["key"]: item for item in before["items"]}
    new = {item["key"]: item for item in after["items"]}
    was, now = ({each["key"]: str(each["title"]) for each in side["sections"]} for side in (before, after))
    stayed = _unmoved([key for key in old if key in new], [key for key in new if key in old])
    changes = []
    for key, item in new.items():
        there = now.get(item["section"], "")
        if key not in old:
            changes.append(ItemChange(key, item["resource"], "added", "", item["annotation"], "", there))
            continue
        then = old[key]
        moved = key not in stayed or then["section"] != item["section"]
        start = "" if then["start_here"] == item["start_here"] else "set" if item["start_here"] else "taken"
        written = then["annotation"] != item["annotation"]
        if moved or start or written:
            kind = "changed" if start or written else "moved"
            here = was.get(then["section"], "")
            notes = (then["annotation"], item["annotation"])
            changes.append(ItemChange(key, item["resource"], kind, *notes, here, there, moved, start))
    gone = [item for key, item in old.items() if key not in new]
    return changes + [
        ItemChange(item["key"], item["resource"], "removed", item["annotation"], "", was.get(item["section"], ""))
        for item in gone
    ]


def _unmoved(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """The most things that stand in the same order in both rows: the longest rising run of their old places."""
    place = {key: number for number, key in enumerate(old)}
    ends: list[int] = []
    last: list[str] = []
    before: dict[str, str | None] = {}
    for key in new:
        at = bisect_left(ends, place[key])
        before[key] = last[at - 1] if at else None
        ends[at : at + 1] = [place[key]]
        last[at : at + 1] = [key]
    found: set[str] = set()
    key_: str | None = last[-1] if last else None
    while key_ is not None:
        found.add(key_)
        key_ = before[key_]
    return found


def changed_words(before: str, after: str) -> list[Piece]:
    """Both texts as one: what stayed, what went and what came, word by word."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    first, last = _alike(old, new), 0
    if first < min(len(old), len(new)):
        last = _alike(old[first:][::-1], new[first:][::-1])
    inner_old, inner_new = old[first : len(old) - last], new[first : len(new) - last]
    pieces = [Piece("", _both(old[:first], new[:first]))]
    often = Counter(_bare(inner_new))
    if sum(often[word] for word in _bare(inner_old)) > MOST_PAIRS:
        pieces += [Piece("del", "".join(inner_old)), Piece("ins", "".join(inner_new))]
    else:
        matcher = SequenceMatcher(None, _bare(inner_old), _bare(inner_new), autojunk=False)
        for what, a, b, c, d in matcher.get_opcodes():
            if what == "equal":
                pieces.append(Piece("", _both(inner_old[a:b], inner_new[c:d])))
            else:
                pieces += [Piece("del", "".join(inner_old[a:b])), Piece("ins", "".join(inner_new[c:d]))]
    pieces.append(Piece("", _both(old[len(old) - last :], new[len(new) - last :])))
    return [piece for piece in pieces if piece.text]


def _both(old: Sequence[str], new: Sequence[str]) -> str:
    """Words that stayed, with the blank behind a word where it ends only one of the texts."""
    return "".join(max(one, other, key=len) for one, other in zip(old, new, strict=True))


def _bare(tokens: Sequence[str]) -> list[str]:
    return [token.strip() for token in tokens]


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words from the beginning are the same."""
    number = 0
    for one, other in zip(_bare(old), _bare(new), strict=False):
        if one != other:
            break
        number += 1
    return number
