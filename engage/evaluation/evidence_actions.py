"""What is done in a cycle besides rating: evidence put beside a criterion or taken away, actions planned and ended."""

import base64
from collections.abc import Mapping
from datetime import date
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.evaluation import cycle_rules, rules
from engage.evaluation.actions import CHANGED, opened
from engage.evaluation.cycle_models import Evidence, EvidenceFile, PlannedAction
from engage.evaluation.cycle_rules import FileKind, Proof
from engage.evaluation.evidence_queries import Frozen
from engage.evaluation.framework_files import kept
from engage.evaluation.models import Cycle
from engage.evaluation.thawing import plain
from engage.outside.cage import Cage
from engage.people import audit
from engage.people.once import once
from engage.people.rules import Reader
from engage.resources.pictures import darkroom
from feeds import Unreadable

# wide enough to be read on a screen; a picture that is smaller stays so
WIDTH = 1_600
LARGEST_PICTURE = 2_000_000
REFUSED = {
    "kind": "This is no picture that Engage opens. It opens JPEG, PNG, GIF and WebP.",
    "huge": "This picture has too many points. Make it smaller.",
    "small": "This picture is too small to be seen.",
    "narrow": "This picture is too long and narrow. Cut it.",
    "plain": "This picture is of one colour only.",
    "broken": "This picture is damaged.",
    "slow": "This picture takes too long to open.",
}


@one_transaction
async def add_evidence(
    cycle: Cycle,
    code: str,
    frozen: Frozen,
    note: str = "",
    *,
    address: str = "",
    file: tuple[str, FileKind, bytes] | None = None,
    by: Reader,
    form_key: str = "",
) -> str:
    """Put something beside a criterion, as it is today; returns its key.

    file: its name, kind and bytes, where it is one. Raises Refused, NotFound, NotAllowed.
    """
    rules.check_planner(by)
    cycle = await opened(cycle)
    if kept(cycle.criteria).criterion(code) is None:
        raise NotFound(code)
    of = {"school_id": by.school.id, "cycle_id": cycle.id, "criterion": code}

    async def add() -> str:
        cycle_rules.check_evidence(frozen.title, note, await Evidence.filter(**of).count())
        made = await Evidence.create(
            **of,
            kind=frozen.kind,
            title=frozen.title.strip()[: cycle_rules.LONGEST_TITLE],
            note=note,
            address=address,
            snapshot=plain(frozen.shown),
            on=frozen.on,
            by_id=by.id,
            at=dates.now(),
        )
        if file is not None:
            name, kind, body = file
            there = EvidenceFile.filter(school_id=by.school.id, evidence__cycle_id=cycle.id)
            cycle_rules.check_room(len(body), sum(await there.values_list("size", flat=True)))  # type: ignore[arg-type]
            await EvidenceFile.create(
                school_id=by.school.id,
                evidence_id=made.id,
                name=name,
                media_type=kind.media_type,
                size=len(body),
                body=body,
            )
        return made.key

    content = {"to": f"{cycle.slug} {code}", "what": [frozen.kind, frozen.title, note, address]}
    return await once(by, form_key, content, add)


@one_transaction
async def remove_evidence(cycle: Cycle, key: str, *, by: Reader) -> str:
    """Take a piece of evidence away, with its file; returns the code of its criterion. Raises Refused, NotFound."""
    rules.check_planner(by)
    cycle = await opened(cycle)
    row = await Evidence.get_or_none(school_id=by.school.id, cycle_id=cycle.id, key=key)
    if row is None:
        raise NotFound(key)
    await row.delete()
    await audit.note("took evidence away", by=by, subject=cycle.slug, detail=f"{Proof(row.kind).word}: {row.title}")
    return row.criterion


async def redrawn(body: bytes, room: Cage | None = None) -> bytes:
    """A picture drawn anew as WebP, without whatever else its file held (SAFETY.md, U6). Raises Refused."""
    try:
        found = await (room or darkroom()).do("picture", body, _believed, widths=[WIDTH])
    except Unreadable as no:
        why = {"too-slow": "slow", "too-large": "huge"}.get(no.code, "broken")
        raise Refused(REFUSED[why], about="file") from no
    if isinstance(found, str):
        raise Refused(REFUSED[found], about="file")
    return found


def _believed(value: Any) -> str | bytes:
    """What came out of the process. Raises whatever does not fit."""
    if "refused" in value:
        if value["refused"] not in REFUSED:
            raise ValueError("no reason")
        return str(value["refused"])
    ((_, _, text),) = value["pictures"]
    body = base64.b64decode(text, validate=True)
    if body[:4] != b"RIFF" or body[8:12] != b"WEBP" or len(body) > LARGEST_PICTURE:
        raise ValueError("no picture of ours")
    return body


@one_transaction
async def plan_action(
    cycle: Cycle, code: str, *, what: str, who: str = "", due_on: date | None = None, by: Reader, form_key: str = ""
) -> str:
    """Plan what is to be done about a criterion; returns its key. Raises Refused, NotFound, NotAllowed."""
    rules.check_planner(by)
    cycle = await opened(cycle)
    if kept(cycle.criteria).criterion(code) is None:
        raise NotFound(code)
    of = {"school_id": by.school.id, "cycle_id": cycle.id}
    given: dict[str, Any] = {"criterion": code, "what": what.strip(), "who": who.strip(), "due_on": due_on}

    async def add() -> str:
        many = await PlannedAction.filter(**of).count()
        cycle_rules.check_action(what, who, cycle_rules.Doing.OPEN, "", many)
        return (await PlannedAction.create(**of, **given, at=dates.now())).key

    return await once(by, form_key, {"in": cycle.slug, **given}, add)


@one_transaction
async def change_action(cycle: Cycle, key: str, values: Mapping[str, Any], *, by: Reader, seen: int) -> str:
    """Change an action, or say what came of it; returns the code of its criterion.

    values: what, who, due_on, state, outcome. seen: the version that the person had before them.
    Raises Refused, NotFound, NotAllowed.
    """
    rules.check_planner(by)
    cycle = await opened(cycle)
    row = await PlannedAction.select_for_update().get_or_none(school_id=by.school.id, cycle_id=cycle.id, key=key)
    if row is None:
        raise NotFound(key)
    cycle_rules.check_action(values["what"], values["who"], values["state"], values["outcome"])
    if seen != row.version:
        raise Refused(CHANGED)
    row.update_from_dict({**values, "version": row.version + 1})
    await row.save()
    return row.criterion
