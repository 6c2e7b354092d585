"""Conditions as they are filled in: rows of plain choices, groups of which so many are enough, or any rule as JSON."""

import json
from typing import Any

from wtforms import DateField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional

from engage.errors import Refused
from engage.programs.awards import Rule, read_rule, write_rule
from engage.programs.forms import WholeNumber
from engage.programs.rule_words import (
    ALONE,
    GROUPS,
    Choices,
    Said,
    Sentence,
    rule_of_sentence,
    rule_said,
    sentence_of,
)
from engage.programs.rules import LARGEST
from engage.web.forms import Form, trimmed

FEWEST_ROWS, MOST_ROWS, MORE_ROWS = 2, 16, 3
HOW_MANY = [Optional(), NumberRange(1, LARGEST, "One or more.")]
GROUP_CHOICES = [
    SelectChoice(ALONE, "by itself"),
    *(SelectChoice(name, f"in group {name.upper()}") for name in GROUPS),
]
LONGEST_RULE = 8_000


def what_field(label: str, offered: Choices, empty: str = "") -> SelectField:
    """A choice of conditions. empty: what no condition is called."""
    none = [SelectChoice("", empty)] if empty else []
    under = [SelectChoice(*each, optgroup=name) for name, those in offered.items() for each in those]
    return SelectField(label, [Optional()], choices=[*none, *under], default="")


def rule_fields(offered: Choices, rows: int) -> dict[str, Any]:
    """The fields of a whole rule, for a form of so many rows of conditions."""
    fields: dict[str, Any] = {
        "need": WholeNumber("How many of them are enough?", HOW_MANY, description="Left empty, it asks for all."),
        "rule": TextAreaField(
            "The rule as JSON",
            [Length(max=LONGEST_RULE)],
            [trimmed],
            description="For rules with more levels. What stands here counts instead of the rows.",
        ),
    }
    for row in range(rows):
        fields |= {
            f"what_{row}": what_field("It asks for", offered, "nothing"),
            f"goal_{row}": WholeNumber("How many?", HOW_MANY),
            f"first_{row}": DateField("Counted from", [Optional()]),
            f"last_{row}": DateField("to", [Optional()]),
            f"group_{row}": SelectField("It counts", choices=GROUP_CHOICES, default=ALONE),
        }
    for name in GROUPS:
        fields[f"of_{name}"] = WholeNumber(f"Group {name.upper()}: how many of it are enough?", HOW_MANY)
    return fields


def rows_asked(sent: str) -> int:
    """How many rows of conditions a sent form has; the fewest where it does not say."""
    number = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else FEWEST_ROWS
    return min(max(number, FEWEST_ROWS), MOST_ROWS)


def rows_for(rule: str) -> int:
    """How many rows a rule needs, with an empty one to add to."""
    sentence = sentence_of(read_rule(rule)) if rule else None
    return min(max(FEWEST_ROWS, len(sentence.conditions) + 1), MOST_ROWS) if sentence else FEWEST_ROWS


def preset_of_rule(rule: str) -> dict[str, Any]:
    """A rule as its fields show it; one that they cannot say, as JSON."""
    sentence = sentence_of(read_rule(rule))
    if sentence is None or len(sentence.conditions) > MOST_ROWS:
        return {"rule": json.dumps(json.loads(rule), indent=1, ensure_ascii=False)}
    values: dict[str, Any] = {"need": sentence.need or None}
    values |= {f"of_{name}": number or None for name, number in (sentence.of or {}).items()}
    for row, said in enumerate(sentence.conditions):
        for name in ("what", "goal", "first", "last", "group"):
            values[f"{name}_{row}"] = getattr(said, name)
    return values


def rule_asked(form: Form, rows: int) -> str:
    """The rule that was filled in, as JSON. Raises Refused, about the field of the form that is wrong."""
    if form["rule"].data:
        return write_rule(read_rule(str(form["rule"].data)))
    conditions = []
    for row in range(rows):
        what, goal, first, last = (form[f"{name}_{row}"].data for name in ("what", "goal", "first", "last"))
        said = Said(what or "", goal, first, last)
        if said.what:
            _check(said, row)
            conditions.append(Said(said.what, said.goal, said.first, said.last, form[f"group_{row}"].data or ALONE))
    of = {name: int(form[f"of_{name}"].data or 0) for name in GROUPS}
    try:
        return write_rule(rule_of_sentence(Sentence(tuple(conditions), int(form["need"].data or 0), of)))
    except Refused as refused:
        raise Refused(refused.sentence, about=refused.about or "what_0") from None


def _check(said: Said, row: int) -> None:
    try:
        rule_said(said)
    except Refused as refused:
        raise Refused(refused.sentence, about=f"{refused.about}_{row}") from None


def rule_one(form: Form, what: str, goal: str) -> Rule:
    """The rule of a single condition in two fields. Raises Refused, about the one that is wrong."""
    said = Said(str(form[what].data or ""), form[goal].data)
    if not said.what:
        raise Refused("Choose what it asks for.", about=what)
    try:
        return rule_said(said)
    except Refused as refused:
        raise Refused(refused.sentence, about=goal) from None
