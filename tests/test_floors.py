"""Imports run down the stairs, never up; the same rooms in every wing. Sources: STYLE.md, 1; DESIGN.md, 2.

When this fails, move the line, not the test.
"""

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
FILES = sorted(
    p for folder in ("engage", "feeds") for p in (HOUSE / folder).rglob("*.py") if "migrations" not in p.parts
)
GROUND = ("errors", "dates", "settings", "tally")
TOOLS = ("database", "web", "outside")
WINGS = ("people", "engagement", "resources", "lists", "programs", "classes", "promotion", "evaluation")
ROOF = (
    "routes",
    "routes_classes",
    "routes_cycles",
    "routes_figures",
    "routes_lti",
    "routes_people",
    "routes_programs",
    "routes_promotion",
    "routes_statements",
    "jobs",
    "api",
    "api_description",
    "app",
    "backups",
    "cli",
    "cli_backup",
    "cli_library",
    "cli_privacy",
    "cli_promotion",
    "cli_proxy",
    "commanding",
    "demo",
    "simulate",
    "doctoring",
    "rebuilding",
    "register",
    "working",
    "logs",
    "metrics",
    "models",
    "parts",
)
LONGEST = 400
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager", "service"}
NETWORK = {
    "socket",
    "ssl",
    "http",
    "urllib3",
    "httpx2",
    "httpcore2",
    "httpx",
    "requests",
    "aiohttp",
    "ftplib",
    "smtplib",
    "aiosmtplib",
}

# what a room of a wing may not import of its own wing; rooms named after a subject stand with the actions, or lower
ABOVE = {
    "rules": {"models", "queries", "actions", "forms", "pages"},
    "models": {"queries", "actions", "forms", "pages"},
    "queries": {"actions", "forms", "pages"},
    "actions": {"forms", "pages"},
    "forms": {"models", "queries", "actions", "pages"},
    "pages": set(),
}
PRIVATE = {"forms", "pages", "actions"}


def name_of(path: Path) -> str:
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def nodes_of(path: Path) -> list[ast.AST]:
    """All that a file is made of, the whole first."""
    return list(ast.walk(ast.parse(path.read_text(), str(path))))


MODULES = {name_of(path) for path in FILES} | {"engage.migrations"}


@functools.cache
def imports(path: Path) -> list[str]:
    """Every module that a file names in an import, as exactly as it is named; ours only with their full name."""
    found: list[str] = []
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports say the whole name"
            for each in node.names:
                whole = f"{node.module}.{each.name}"
                found.append(whole if whole in MODULES else str(node.module))
    return found


def place(module: str) -> tuple[str, str]:
    """Which part of the house a module of ours belongs to, and which room it is there."""
    parts = module.split(".")
    if parts[0] == "feeds":
        return "feeds", ".".join(parts[1:])
    return (parts[1], ".".join(parts[2:])) if len(parts) > 1 else ("engage", "")


def kind_of(room: str) -> str:
    """rules models queries actions forms pages, or "" for a room named after a subject; editing_pages are pages."""
    last = room.split(".")[-1]
    return next((kind for kind in ABOVE if last == kind or last.endswith(f"_{kind}")), "")


def why_not(importer: str, imported: str) -> str:
    """Why one module of ours may not import another; "" if it may."""
    part, room = place(importer)
    other, other_room = place(imported)
    if part == other or other == "engage":
        return "" if part not in WINGS or other == "engage" else _inside_a_wing(room, other_room)
    if part in ROOF:
        return "" if other != "cli" else "nothing imports the command line"
    if other in ROOF:
        return "only the roof imports the roof"
    if part in GROUND or part == "feeds":
        return "" if part in GROUND and other in GROUND else f"{part} knows nothing of the house"
    if other in GROUND or other == "feeds":
        return "" if other in GROUND or part not in TOOLS or part == "outside" else "feeds are not a tool's business"
    if part in TOOLS:
        return "a tool imports only the ground"
    if other in TOOLS:
        return "" if other != "web" or kind_of(room) not in ("rules", "models", "queries") else f"{room} of no page"
    if WINGS.index(part) < WINGS.index(other):
        return f"{part} stands below {other}"
    return f"{kind_of(other_room)} are private to {other}" if kind_of(other_room) in PRIVATE else ""


def _inside_a_wing(room: str, other: str) -> str:
    mine, theirs = kind_of(room), kind_of(other)
    if room == "" or mine == "pages":
        return ""
    if mine == "":
        return "a room named after a subject shows and fills in nothing" if theirs in ("forms", "pages") else ""
    return f"{room} stands below {other}" if theirs in ABOVE[mine] else ""


def ours(path: Path) -> Iterator[str]:
    yield from (name for name in imports(path) if name.split(".")[0] in ("engage", "feeds"))


def test_imports_run_down_the_stairs():
    wrong = [
        f"{name_of(path)} imports {imported}: {reason}"
        for path in FILES
        for imported in set(ours(path))
        if (reason := why_not(name_of(path), imported))
    ]
    assert sorted(wrong) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("engage.people.queries", "engage.lists.models"),
        ("engage.lists.actions", "engage.lists.pages"),
        ("engage.lists.editing_pages", "engage.resources.actions"),
        ("engage.lists.pages", "engage.people.forms"),
        ("engage.lists.rules", "engage.lists.models"),
        ("engage.lists.forms", "engage.lists.queries"),
        ("engage.lists.exchange", "engage.lists.editing_pages"),
        ("engage.web.render", "engage.people.rules"),
        ("engage.web.routing", "engage.routes"),
        ("engage.database.fields", "engage.web.forms"),
        ("engage.dates", "engage.people.rules"),
        ("engage.resources.actions", "engage.jobs"),
        ("engage.lists.queries", "engage.web.render"),
        ("feeds.syndication", "engage.errors"),
        ("engage.app", "engage.cli"),
    ],
)
def test_the_stairs_hold_what_they_should(importer, imported):
    assert why_not(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("engage.lists.pages", "engage.lists.actions"),
        ("engage.lists.actions", "engage.lists.queries"),
        ("engage.classes.pages", "engage.lists.queries"),
        ("engage.classes.actions", "engage.engagement"),
        ("engage.lists.queries", "engage.people.rules"),
        ("engage.outside.cage_worker", "feeds.formats"),
        ("engage.resources.harvest", "engage.outside.fetch"),
        ("engage.cli", "engage.app"),
        ("engage.jobs", "engage.resources.harvest"),
        ("engage.web.forms", "engage.errors"),
    ],
)
def test_the_stairs_let_go_down(importer, imported):
    assert not why_not(importer, imported)


def test_only_one_room_reads_feeds_with_feedparser():
    importers = {name_of(path) for path in FILES if any(name.split(".")[0] == "feedparser" for name in imports(path))}
    assert importers <= {"feeds.syndication"}


def test_only_the_one_door_opens_the_network():
    wrong = {
        f"{name_of(path)}: {name}"
        for path in FILES
        if place(name_of(path))[0] != "outside"
        for name in imports(path)
        if name.split(".")[0] in NETWORK or name in ("urllib.request", "http.client")
    }
    opened = {
        f"{name_of(path)}: {name}"
        for path in FILES
        if place(name_of(path))[0] not in ("outside", "database")
        for name in calls(path)
        if name.split(".")[-1] in ("open_connection", "create_connection", "getaddrinfo")
    }
    assert (wrong, opened) == (set(), set())


def calls(path: Path) -> Iterator[str]:
    """The dotted names that a file uses."""
    for node in nodes_of(path):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


WORKERS = sorted(name_of(path) for path in FILES if path.stem.endswith("_worker"))


@pytest.mark.parametrize("worker", WORKERS)
def test_what_reads_strange_bytes_has_neither_the_database_nor_the_web_at_hand(worker):
    code = f"import sys, {worker}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    shown = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"tortoise", "aiosqlite", "asyncpg", "starlette", "jinja2"} & set(shown.split())


# deadlines that hold no database call: receiving a body, fetching, a parser's process
TIMED = {"engage.web.limits"}


def test_transactions_and_deadlines_stand_only_where_they_are_safe():
    wrong = {
        f"{name_of(path)}: {name}"
        for path in FILES
        if place(name_of(path))[0] not in ("database", "outside") and name_of(path) not in TIMED
        for name in calls(path)
        if name.split(".")[-1] in ("in_transaction", "_in_transaction")
        or name in ("asyncio.timeout", "asyncio.timeout_at", "asyncio.wait_for", "asyncio.TaskGroup")
    }
    assert wrong == set()


def asks_for_values(node: ast.AST) -> bool:
    """Whether rows that are to be held are asked for as values, which Tortoise does without holding anything."""
    held = {
        target.id
        for each in ast.walk(node)
        if isinstance(each, ast.Assign) and "select_for_update" in chain(each.value)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    return any(
        isinstance(each, ast.Attribute)
        and each.attr in ("values", "values_list", "count", "exists")
        and ("select_for_update" in chain(each.value) or held & {*chain(each.value)})
        for each in ast.walk(node)
    )


def chain(node: ast.AST) -> list[str]:
    """The names of calls that hang on each other, the last one first: rows.filter(…).first() is first, filter, rows."""
    match node:
        case ast.Await(value) | ast.Call(value):
            return chain(value)
        case ast.Attribute(value, attr):
            return [attr, *chain(value)]
        case ast.Name(name):
            return [name]
    return []


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("await rows.select_for_update().values('id')", False),
        ("await rows.filter(id=1).select_for_update(no_key=True).order_by('id').values_list('id')", False),
        ("some = rows.select_for_update()\nawait some.order_by('id').values('id')", False),
        ("await rows.select_for_update().only('id').first()\nawait rows.values('id')", True),
    ],
)
def test_values_are_known_from_rows_that_are_held(asked, held):
    assert asks_for_values(ast.parse(asked)) is not held


def test_rows_that_are_to_be_held_are_asked_for_as_rows():
    functions = (ast.AsyncFunctionDef, ast.FunctionDef)
    wrong = {
        f"{name_of(path)}: {node.name}"
        for path in FILES
        for node in nodes_of(path)
        if isinstance(node, functions) and asks_for_values(node)
    }
    assert wrong == set()


def test_only_settings_read_the_environment():
    readers = {name_of(path) for path in FILES if any(name in ("os.environ", "os.getenv") for name in calls(path))}
    assert readers <= {"engage.settings"}


def test_rules_look_at_no_clock_no_table_and_no_request():
    wrong = {
        f"{name_of(path)}: {name}"
        for path in FILES
        if place(name_of(path))[0] in WINGS and kind_of(place(name_of(path))[1]) == "rules"
        for name in [*calls(path), *imports(path)]
        if name in ("dates.now", "dates.today", "datetime.now", "date.today", "time.time", "datetime.utcnow")
        or name.split(".")[0] in ("tortoise", "starlette", "wtforms")
    }
    assert wrong == set()


def test_no_room_is_two_subjects():
    long = {name_of(path): lines for path in FILES if (lines := len(path.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_every_room_says_what_it_owns():
    silent = {name_of(path) for path in FILES if not ast.get_docstring(nodes_of(path)[0])}
    assert silent == set()


def test_rooms_are_named_after_their_subject():
    named = {path.stem for path in FILES} & FORBIDDEN_NAMES
    assert named == set()


def test_the_house_has_no_other_parts():
    parts = {place(name)[0] for name in MODULES if name.startswith("engage.")}
    assert parts <= {*GROUND, *TOOLS, *WINGS, *ROOF, "migrations"}
