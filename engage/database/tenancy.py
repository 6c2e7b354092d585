"""No school sees another: a statement on a school's rows says which school, or it is refused.

A select, update or delete that touches a table with a `school` must hold a condition on school_id in
its own WHERE, joined to the rest by AND. Excepted are an update or delete by primary key alone, which
is how a loaded row is saved, and what is done inside every_school().

Source: SAFETY.md, A4.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from tortoise.context import get_current_context

Tables = frozenset[str]

FROM = re.compile(r"\bFROM\b", re.IGNORECASE)
AFTER_FROM = re.compile(r"\b(?:WHERE|GROUP|ORDER|HAVING|LIMIT|RETURNING|FOR)\b", re.IGNORECASE)
SUBJECT = re.compile(r"""(?:^|,|\bJOIN\b)\s*"?(\w+)"?""", re.IGNORECASE)
CHANGED = re.compile(r"""\s*UPDATE\s+"?(\w+)"?""", re.IGNORECASE)
SELECT = re.compile(r"\bSELECT\b", re.IGNORECASE)
STATEMENT = re.compile(r"\s*(?:SELECT|UPDATE|DELETE|INSERT|REPLACE|WITH)\b", re.IGNORECASE)
INNER = re.compile(r"\s*(?:SELECT|WITH|UPDATE|DELETE|INSERT)\b", re.IGNORECASE)
SETS = re.compile(r"\b(?:UNION(?:\s+ALL)?|EXCEPT|INTERSECT)\b", re.IGNORECASE)
WHERE = re.compile(r"\bWHERE\b", re.IGNORECASE)
AFTER_WHERE = re.compile(r"\b(?:GROUP\s+BY|ORDER\s+BY|HAVING|LIMIT|RETURNING|FOR\s+UPDATE)\b", re.IGNORECASE)
OF_A_SCHOOL = re.compile(r"""(?:"?\w+"?\.)?"?school_id"?\s*(?:=|IN\b)""", re.IGNORECASE)
BY_KEY = re.compile(r"""(?:"?\w+"?\.)?"?id"?\s*(?:=\s*(?:\?|\$?\d+)|IN\s*\([?$\d,\s]+\))\s*$""", re.IGNORECASE)
TEXT = re.compile(r"'(?:[^']|'')*'")

_everywhere: ContextVar[str | None] = ContextVar("every_school", default=None)


class NoSchool(Exception):
    """A statement on rows of schools does not say of which school. This is always a mistake of ours."""


@contextmanager
def every_school(why: str) -> Iterator[None]:
    """Allow statements over several schools: jobs, signing in, a person with roles in two schools.

    why: a few words for who reads the code; it also shows in a debugger.
    """
    token = _everywhere.set(why)
    try:
        yield
    finally:
        _everywhere.reset(token)


def tenant_tables() -> Tables:
    """The tables with rows of schools, from the models that have a `school`."""
    context = get_current_context()
    if context is None or context.apps is None:
        return frozenset()
    return frozenset(
        model._meta.db_table
        for app in context.apps.values()
        for model in app.values()
        if "school" in model._meta.fields_map
    )


class Watched:
    """A client of either engine whose statements are looked at; a transaction knows what its client knows."""

    _known_tables: Tables | None = None

    def _tables(self) -> Tables:
        if self._known_tables is None:
            parent = getattr(self, "_parent", None)
            self._known_tables = parent._tables() if isinstance(parent, Watched) else tenant_tables()
        return self._known_tables


def check(sql: str, tables: Tables) -> None:
    """Refuse a statement that could read or change rows of a school without naming it. Raises NoSchool."""
    if _everywhere.get() is None and not names_its_school(sql, tables):
        raise NoSchool(sql[:400])


@lru_cache(maxsize=4096)
def names_its_school(sql: str, tables: Tables) -> bool:
    """Whether every part of the statement that touches one of the tables is held to a school."""
    if not STATEMENT.match(sql):
        return True
    return all(_part_holds(part, tables) for part in _parts(TEXT.sub("''", sql)))


def _parts(sql: str) -> Iterator[str]:
    """The statement and each one inside it; a statement inside is shown in the outer one as ()."""
    outer, start = [], 0
    for begin, end in _brackets(sql):
        inner = sql[begin + 1 : end]
        if INNER.match(inner):
            yield from _parts(inner)
            outer.append(sql[start : begin + 1])
            start = end
        else:
            # a bracket of another kind may hold a statement deeper down
            nested = list(_parts(inner))
            yield from nested[:-1]
            outer.append(sql[start : begin + 1] + nested[-1])
            start = end
    yield from SETS.split("".join(outer) + sql[start:]) if INNER.match(sql) else ["".join(outer) + sql[start:]]


def _brackets(sql: str) -> Iterator[tuple[int, int]]:
    """The outermost pairs of brackets."""
    depth, begin = 0, 0
    for place, sign in enumerate(sql):
        if sign == "(":
            begin = place if depth == 0 else begin
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                yield begin, place


def _part_holds(part: str, tables: Tables) -> bool:
    verb = part.split(None, 1)[0].upper() if part.strip() else ""
    if verb in ("INSERT", "REPLACE") and (source := SELECT.search(part)):
        verb, part = "SELECT", part[source.start() :]
    if verb not in ("SELECT", "UPDATE", "DELETE", "WITH"):
        return True
    if tables.isdisjoint(_subjects(part)):
        return True
    found = WHERE.split(part, maxsplit=1)
    if len(found) == 1:
        return False
    condition = AFTER_WHERE.split(found[1], maxsplit=1)[0].strip()
    if verb in ("UPDATE", "DELETE") and BY_KEY.match(condition):
        return True
    return _holds(condition)


def _subjects(part: str) -> Iterator[str]:
    """The tables that this part reads or changes, without those of the statements inside it."""
    yield from CHANGED.findall(part)
    for clause in FROM.split(part)[1:]:
        yield from SUBJECT.findall(AFTER_FROM.split(clause, maxsplit=1)[0])


def _holds(condition: str) -> bool:
    """Whether the condition can only be true for rows of a named school."""
    condition = condition.strip()
    while condition.startswith("(") and next(_brackets(condition))[1] == len(condition) - 1:
        condition = condition[1:-1].strip()
    if len(either := _split(condition, "OR")) > 1:
        return all(map(_holds, either))
    if len(both := _split(condition, "AND")) > 1:
        return any(map(_holds, both))
    return bool(OF_A_SCHOOL.match(condition))


def _split(condition: str, word: str) -> list[str]:
    """The condition cut at a word that stands outside all brackets."""
    flat = list(condition)
    for begin, end in _brackets(condition):
        flat[begin : end + 1] = "·" * (end + 1 - begin)
    cuts = [0]
    for found in re.finditer(rf"\b{word}\b", "".join(flat), re.IGNORECASE):
        cuts += [found.start(), found.end()]
    cuts.append(len(condition))
    return [condition[cuts[n] : cuts[n + 1]] for n in range(0, len(cuts), 2)]
