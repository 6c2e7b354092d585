"""Revisions are kept small, and each of them is the whole list again when it is read."""

import json
import random
from typing import Any

from engage.lists.packing import Base, base_of, packed, unpacked


def of(items: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"title": "Sea", "grade_low": None, "sections": [], "items": [dict(item) for item in items], **more}


def item(number: int, dice: random.Random) -> dict[str, Any]:
    words = " ".join("".join(dice.choices("abcdefghij", k=6)) for _ in range(20))
    return {"key": f"key{number}", "resource": f"res{number}", "section": "", "annotation": words, "start_here": False}


def test_a_whole_day_of_changes_is_read_back_and_stays_small() -> None:
    dice = random.Random(3)
    items = [item(number, dice) for number in range(200)]
    kept: dict[int, str] = {}
    stood: dict[int, dict[str, Any]] = {}
    base: Base | None = None
    for number in range(1, 301):
        act = dice.choice(("move", "note", "remove", "add", "title"))
        if act == "move":
            items.insert(dice.randrange(len(items)), items.pop(dice.randrange(len(items))))
        elif act == "note":
            items[dice.randrange(len(items))]["annotation"] = f"new words {number}, with “quotes” and 🦉"
        elif act == "remove":
            items.pop(dice.randrange(len(items)))
        elif act == "add":
            items.insert(dice.randrange(len(items)), item(1000 + number, dice))
        stood[number] = of(
            items,
            title=f"Sea {number}" if act == "title" else "Sea",
            **({"undo": {"items": []}} if act == "remove" else {}),
        )
        kept[number] = packed(stood[number], base)
        if base_of(kept[number]) is None:
            base = Base(number, kept[number])
    for number, text in kept.items():
        base_number = base_of(text)
        assert unpacked(text, kept[base_number] if base_number else "") == stood[number]
    plain = sum(len(json.dumps(each)) for each in stood.values())
    assert sum(map(len, kept.values())) < plain / 12
    assert 2 < sum(base_of(text) is None for text in kept.values()) < 60


def test_a_revision_of_before_is_plain_json() -> None:
    text = json.dumps(of([], removed={"item": {}}))
    assert base_of(text) is None
    assert unpacked(text) == of([], removed={"item": {}})
    # and a later one may lean on it
    long = of([item(number, random.Random(number)) for number in range(40)])
    later = packed({**long, "title": "Snow"}, Base(7, json.dumps(long)))
    assert base_of(later) == 7
    assert unpacked(later, json.dumps(long)) == {**long, "title": "Snow"}
