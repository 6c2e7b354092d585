"""What is done with the badges of a program: put there, changed, taken out."""

from typing import Any

from engage.database.fields import new_key
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people.once import once
from engage.people.rules import Reader
from engage.programs import awards, rules
from engage.programs.awards import Rule, read_rule
from engage.programs.models import Award, Badge, StaffGrant
from engage.programs.queries import HELD, Terms
from engage.programs.recognition_models import Delivery, Prize
from engage.programs.revising import check_asked, remember, rewrite, take_up
from engage.programs.windows import window_warnings


@one_transaction
async def put_badge(
    program: str,
    badge: str,
    by: Reader,
    *,
    title: str,
    description: str,
    shape: str,
    ink: str,
    mark: str,
    rule: str,
    form_key: str = "",
) -> tuple[str, ...]:
    """Add a badge, or change the one of a key; returns warnings. rule: as JSON. Raises NotFound, Refused."""
    old = await take_up(program, by)
    asked = read_rule(rule)
    key = badge or new_key()
    every = {**_rules(old), key: asked}
    if len(every) > rules.MOST_BADGES:
        raise Refused(f"A program holds up to {rules.MOST_BADGES} badges.")
    title = " ".join(title.split())
    if not title:
        raise Refused("Give the badge a name.", about="title")
    check_asked(old, every, _asked(old), old.activity_keys)
    values: dict[str, Any] = {
        "title": title,
        "description": description,
        "shape": shape,
        "ink": ink,
        "mark": mark,
        "rule": awards.write_rule(asked),
    }

    async def put() -> str:
        await remember(old, by)
        if badge:
            rows = Badge.filter(school_id=by.school.id, program_id=old.program["id"], key=badge)
            if not await rows.update(**values):
                raise NotFound(badge)
        else:
            place = {"program_id": old.program["id"], "position": len(old.badges)}
            await Badge.create(school_id=by.school.id, key=key, **place, **values)
        await rewrite(old, by)
        return "put"

    await once(by, form_key, {"in": program, "key": badge, **values}, put)
    return window_warnings(every)


@one_transaction
async def drop_badge(program: str, badge: str, by: Reader) -> str:
    """Take a badge out; returns its title. Raises NotFound, and Refused where somebody holds it or one asks for it."""
    old = await take_up(program, by)
    row = next((row for row in old.badges if row["key"] == badge), None)
    if row is None:
        raise NotFound(badge)
    if await Award.filter(school_id=by.school.id, badge_id=row["id"], state__in=HELD).exists():
        raise Refused("Somebody holds this badge already, so it stays.")
    named = {"school_id": by.school.id, "badge_id": row["id"]}
    # facts that are never clawed back (rule 16), also of who has left the program since
    for table in (Delivery, StaffGrant, Prize):
        if await table.filter(**named).exists():
            raise Refused("A prize or something that was given hangs on this badge, so it stays.")
    left = {key: rule for key, rule in _rules(old).items() if key != badge}
    check_asked(old, left, _asked(old), old.activity_keys)
    await remember(old, by)
    await Badge.filter(school_id=by.school.id, id=row["id"]).delete()
    await rewrite(old, by)
    return str(row["title"])


def _asked(old: Terms) -> dict[str, Rule]:
    return {one.key: one.rule for one in old.rules.challenges}


def _rules(old: Terms) -> dict[str, Rule]:
    return {row["key"]: read_rule(row["rule"]) for row in old.badges}
