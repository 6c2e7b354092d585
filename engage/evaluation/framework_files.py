"""A framework as JSON: written down, read again, and refused row by row where it cannot be used."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from engage.errors import Refused
from engage.evaluation.framework import BEST, Criterion, Framework
from engage.evaluation.rules import Counting, Level

FORMAT, FORMAT_VERSION = "engage-framework", 1
MOST_CRITERIA, MOST_INDICATORS = 60, 20
TITLE, TEXT, CODE = 120, 600, 24
LARGEST = 400_000
SHORT = {"partly": Counting.PARTLY, "record": Counting.RECORD}
STEPS = len(Level)


def written(framework: Framework) -> str:
    """The framework as JSON text; `read` makes it again."""
    whole = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "title": framework.title,
        "version": framework.version,
        "criteria": [
            {
                "code": one.code,
                "group": one.group,
                "title": one.title,
                "statement": one.statement,
                "kind": one.counting.value,
                "levels": list(one.levels),
                "indicators": list(one.indicators),
            }
            for one in framework.criteria
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)


def kept(text: str | None) -> Framework:
    """What a cycle began with, or the default; a figure that is known no more is left in, and shown nowhere."""
    if text is None:
        return BEST
    whole = json.loads(text)
    found = tuple(
        Criterion(
            one["code"],
            one["title"],
            one["statement"],
            tuple(one["levels"]),
            Counting(one["kind"]),
            tuple(one["indicators"]),
            one["group"],
        )
        for one in whole["criteria"]
    )
    return Framework(whole["title"], whole["version"], found)


def read(body: bytes, known: Collection[str]) -> tuple[Framework | None, list[str]]:
    """A framework from somebody's file, or what is wrong with it, a sentence for each row.

    known: the names of the figures that there are.
    """
    if len(body) > LARGEST:
        return None, [f"This file is too large. A framework has at most {MOST_CRITERIA} criteria."]
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        return None, ["This is no JSON. Take a framework out of Engage to see what one looks like."]
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        return None, [f"This is no framework. The file says “format”: “{FORMAT}” at its head."]
    rows = whole.get("criteria")
    if not isinstance(rows, list) or not rows:
        return None, ["There is no criterion in it."]
    wrong = [] if 0 < len(_text(whole, "title")) <= TITLE else [f"Give the framework a title of up to {TITLE} letters."]
    if len(rows) > MOST_CRITERIA:
        wrong.append(f"It has {len(rows)} criteria; {MOST_CRITERIA} at most.")
    found: list[Criterion] = []
    for number, row in enumerate(rows[:MOST_CRITERIA], 1):
        try:
            found.append(_criterion(row, {one.code for one in found}, known))
        except Refused as no:
            wrong.append(f"Criterion {number}: {no.sentence}")
    return (None, wrong) if wrong else (Framework(_text(whole, "title"), 1, tuple(found)), [])


def _criterion(row: Any, taken: Collection[str], known: Collection[str]) -> Criterion:
    if not isinstance(row, dict):
        raise Refused("this is no object with a title and four levels.")
    kind = _text(row, "kind")
    counting = SHORT.get(kind) or next((one for one in Counting if one.value == kind), None)
    if counting is None:
        raise Refused("its kind is “counted”, “partly counted” or “record only”.")
    levels, names = row.get("levels"), row.get("indicators", [])
    if not isinstance(levels, list) or not all(isinstance(one, str) for one in levels):
        raise Refused("its levels are four texts, the lowest first.")
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise Refused("its indicators are names of figures.")
    given = Criterion(
        _text(row, "code"),
        _text(row, "title"),
        _text(row, "statement"),
        tuple(one.strip() for one in levels),
        counting,
        tuple(dict.fromkeys(names)),
        _text(row, "group"),
    )
    return checked(given, taken, known)


def checked(given: Criterion, taken: Collection[str], known: Collection[str]) -> Criterion:
    """A criterion that can be used, with a code of its own. taken: codes that are used. Raises Refused."""
    if not 0 < len(given.title) <= TITLE:
        raise Refused(f"write a title of up to {TITLE} letters.", about="title")
    if not 0 < len(given.statement) <= TEXT:
        raise Refused(f"write a statement of up to {TEXT} letters.", about="statement")
    if not 0 < len(given.group) <= TITLE:
        raise Refused(f"write the group that it stands in, up to {TITLE} letters.", about="group")
    if len(given.levels) != STEPS or not all(0 < len(one) <= TEXT for one in given.levels):
        raise Refused(f"write what each of the four steps looks like, up to {TEXT} letters each.", about="levels")
    if given.counting is Counting.RECORD and given.indicators:
        raise Refused("a record only has no figures.", about="indicators")
    if given.counting is not Counting.RECORD and not given.indicators and given.counting is Counting.COUNTED:
        raise Refused("name at least one figure, or make it “partly counted” or “record only”.", about="indicators")
    if len(given.indicators) > MOST_INDICATORS:
        raise Refused(f"name {MOST_INDICATORS} figures at most.", about="indicators")
    for name in given.indicators:
        if name not in known:
            raise Refused(f"there is no figure called “{name[:60]}”.", about="indicators")
    code = given.code or code_of(given.title)
    if not re.fullmatch(rf"[a-z0-9-]{{1,{CODE}}}", code):
        raise Refused(f"its code has small letters, digits and hyphens, {CODE} at most.", about="code")
    if code in taken:
        if given.code:
            raise Refused(f"the code “{code}” is used twice.", about="code")
        code = next(code for n in range(2, 100) if (code := f"{code_of(given.title)[: CODE - 3]}-{n}") not in taken)
    return replace(given, code=code)


def code_of(title: str) -> str:
    """A title as a part of an address; "criterion" where it has no Latin letter."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:CODE].strip("-") or "criterion"


def _text(row: Mapping[str, Any], name: str) -> str:
    found = row.get(name)
    return found.strip().replace("\x00", "") if isinstance(found, str) else ""
