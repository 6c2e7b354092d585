"""What is done with a school's frameworks: copied, written, changed, brought in; a cycle that began keeps its words."""

from dataclasses import replace

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.evaluation import rules
from engage.evaluation.actions import CHANGED
from engage.evaluation.cycle_models import PracticeFramework
from engage.evaluation.framework import BEST, Criterion, Framework
from engage.evaluation.framework_files import MOST_CRITERIA, TITLE, checked, kept, read, written
from engage.evaluation.indicators import INDICATORS
from engage.people import audit
from engage.people.once import once
from engage.people.rules import Reader

MOST = 20


@one_transaction
async def start_framework(title: str, source: str = "", *, by: Reader, form_key: str = "") -> str:
    """Begin a framework of the school's own; returns its key.

    source: "best" to copy the default one, the key of one of the school's to copy that, "" to begin with nothing.
    Raises Refused, NotFound, NotAllowed.
    """
    rules.check_planner(by)
    criteria: tuple[Criterion, ...] = ()
    if source == "best":
        criteria = BEST.criteria
    elif source:
        criteria = kept((await framework_row(by, source)).content).criteria

    async def add() -> str:
        return await _new(Framework(title.strip(), 1, criteria), by)

    return await once(by, form_key, {"title": title, "from": source}, add)


@one_transaction
async def bring_framework(body: bytes, *, by: Reader, form_key: str = "") -> tuple[str, list[str]]:
    """Take in a framework as JSON; returns its key, or "" and what is wrong with it, row by row. Raises NotAllowed."""
    rules.check_planner(by)
    found, wrong = read(body, INDICATORS)
    if found is None:
        return "", wrong

    async def add() -> str:
        return await _new(found, by)

    return await once(by, form_key, {"file": written(found)}, add), []


async def _new(framework: Framework, by: Reader) -> str:
    if not framework.title or len(framework.title) > TITLE:
        raise Refused(f"Give it a title of up to {TITLE} letters.", about="title")
    if await PracticeFramework.filter(school_id=by.school.id).count() >= MOST:
        raise Refused(f"The school has {MOST} frameworks. Delete one first.")
    row = await PracticeFramework.create(
        school_id=by.school.id,
        title=framework.title,
        content=written(framework),
        by_id=by.id,
        changed_at=dates.now(),
    )
    await audit.note("made a framework", by=by, subject=row.key, detail=framework.title)
    return row.key


@one_transaction
async def rename_framework(key: str, title: str, *, by: Reader, seen: int) -> None:
    """Give it another title. Raises Refused, NotFound, NotAllowed."""
    row = await _held(key, by, seen)
    if not title.strip() or len(title) > TITLE:
        raise Refused(f"Give it a title of up to {TITLE} letters.", about="title")
    await _keep(row, replace(kept(row.content), title=title.strip()), by)


@one_transaction
async def keep_criterion(key: str, code: str, given: Criterion, *, by: Reader, seen: int) -> str:
    """Change a criterion, or add one; returns its code. code: "" for a new one. seen: the framework's version.

    Raises Refused, NotFound, NotAllowed.
    """
    row = await _held(key, by, seen)
    framework = kept(row.content)
    if code and framework.criterion(code) is None:
        raise NotFound(code)
    if not code and len(framework.criteria) >= MOST_CRITERIA:
        raise Refused(f"A framework has {MOST_CRITERIA} criteria at most.")
    try:
        one = checked(replace(given, code=code), {each.code for each in framework.criteria} - {code}, INDICATORS)
    except Refused as no:
        raise Refused(f"{no.sentence[:1].upper()}{no.sentence[1:]}", about=no.about) from no
    if code:
        criteria = tuple(one if each.code == code else each for each in framework.criteria)
    else:
        criteria = (*framework.criteria, one)
    await _keep(row, replace(framework, criteria=criteria), by)
    return one.code


@one_transaction
async def drop_criterion(key: str, code: str, *, by: Reader) -> None:
    """Take a criterion out; cycles that began with it keep it. Raises NotFound, NotAllowed."""
    row = await _held(key, by, None)
    framework = kept(row.content)
    if framework.criterion(code) is None:
        raise NotFound(code)
    await _keep(row, replace(framework, criteria=tuple(one for one in framework.criteria if one.code != code)), by)


@one_transaction
async def delete_framework(key: str, *, by: Reader) -> str:
    """Delete a framework; cycles keep their words. Returns its title. Raises NotFound, NotAllowed."""
    row = await _held(key, by, None)
    await row.delete()
    await audit.note("deleted a framework", by=by, subject=row.key, detail=row.title)
    return row.title


async def framework_row(by: Reader, key: str) -> PracticeFramework:
    """One framework of the school, or NotFound."""
    row = await PracticeFramework.get_or_none(school_id=by.school.id, key=key)
    if row is None:
        raise NotFound(key)
    return row


async def _held(key: str, by: Reader, seen: int | None) -> PracticeFramework:
    rules.check_planner(by)
    row = await PracticeFramework.select_for_update().get_or_none(school_id=by.school.id, key=key)
    if row is None:
        raise NotFound(key)
    if seen is not None and seen != row.version:
        raise Refused(CHANGED)
    return row


async def _keep(row: PracticeFramework, framework: Framework, by: Reader) -> None:
    row.version += 1
    row.title, row.content = framework.title, written(replace(framework, version=row.version))
    row.by_id, row.changed_at = by.id, dates.now()
    await row.save()
    await audit.note("changed a framework", by=by, subject=row.key, detail=f"version {row.version}")
