"""Every address of the service, and what keeps it."""

import functools
import inspect
import re
from collections.abc import Sequence
from typing import Any

from starlette.routing import Match, Route

from engage.people.matrix import MATRIX
from engage.routes import ROWS
from engage.web.routing import OPEN, PARAMETER, ByWord, build_routes, first_parts, last_rows

# what anyone may have without signing in, and why it needs no cell of the matrix
OPEN_ROOTS = ("/static/", "/healthz", "/readyz", "/robots.txt", "/theme", "/sign-in", "/sign-out", "/favicon", "/about")
# the short address on a paper names no school; it asks at the school of the list who may see it, as LST01 to LST04 say
# oEmbed names no school either, and tells of lists that a visitor sees
# a family's address is handed out by its student and names no title (P2, P3); the page without a connection and the
# script that brings it are the same for everybody
# a calendar program cannot sign in: the secret in the query says whose dates it may have, and that may be ended
# a promoted link names no school, and leads there to what its reader may see; the letter that ends a newsletter is
# pressed in a mail program, where nobody is signed in
# a platform for courses sends people by signed messages, and asks for our public key (LTI 1.3)
# how other systems ask is no secret; what they ask needs a token
OPEN_EXACTLY = {
    "/api/v1/openapi.json",
    *(f"/lti/{name}" for name in ("login", "launch", "choose", "jwks", "config")),
    *("/go/{key}", "/newsletter/leave/{token}"),
    *("/", "/{school}/privacy", "/l/{key}", "/oembed"),
    *("/{school}/family/{token}", "/offline", "/sw.js"),
    *("/{school}/me/calendar.ics", "/{school}/classes/{key}/calendar.ics"),
}


def test_a_row_has_a_matrix_id_or_is_open_to_all():
    for row in ROWS:
        assert row.act in MATRIX or row.act == OPEN, row
        if row.act == OPEN:
            assert row.path in OPEN_EXACTLY or row.path.startswith(OPEN_ROOTS), row  # it needs a cell


def test_a_handler_is_an_async_function_of_the_request_that_says_what_it_does():
    for row in ROWS:
        assert inspect.iscoroutinefunction(row.handler), row
        assert list(inspect.signature(row.handler).parameters) == ["request"], row
        assert row.handler.__doc__, row


def test_an_address_holds_no_number_that_could_be_counted_up():
    for row in ROWS:
        assert not re.search(r"\{\w*id\b|:int\}", row.path), row


def test_a_schools_pages_begin_with_the_school():
    for row in ROWS:
        parameters = PARAMETER.findall(row.path)
        assert "school" not in parameters or row.path.startswith("/{school}/"), row


def test_files_that_are_made_or_taken_in_have_their_turn_at_a_small_gate():
    """SAFETY.md, O3. Of one picture nothing is made; paper waits for its press."""
    files = (".csv", ".xlsx", ".ris", ".bib", ".mrc", ".zip")
    kept_as_they_are = ["/{school}/curate/resources/{key}/picture"]
    free = [row.path for row in ROWS if row.cost is None and (row.path.endswith(files) or row.upload)]
    assert free == kept_as_they_are


@functools.cache
def pattern_of(path: str) -> re.Pattern[str]:
    """What fits an address."""
    whole = re.sub(r"\\\{\w+:path\\\}", ".*", re.escape(path))
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", whole))


def test_no_row_hides_another():
    """A row that stands below a wider one of the same method would never be reached."""
    every = [*ROWS, *last_rows()]
    hidden = []
    for place, row in enumerate(every):
        sample = PARAMETER.sub("sample0000000", row.path)
        for above in every[:place]:
            if pattern_of(above.path).fullmatch(sample) and set(row.methods) <= set(above.methods):
                hidden.append((row.path, above.path))
    assert hidden == []


def firsts(routes: Sequence[Route], scope: dict[str, Any]) -> dict[Match, Route]:
    """The first row that fits wholly, and the first that fits but for the method."""
    found: dict[Match, Route] = {}
    for route in routes:
        found.setdefault(route.matches(scope)[0], route)
    found.pop(Match.NONE, None)
    return found


def test_a_row_is_found_among_few_as_among_all():
    every = build_routes([*ROWS, *last_rows()], MATRIX, None, None)  # type: ignore[arg-type]
    router = ByWord(every)
    fitting = [re.sub(r"\{\w+:path\}", "a/b", row.path) for row in [*ROWS, *last_rows()]]
    samples = [PARAMETER.sub("sample0000000", path) for path in fitting]
    odd = [
        "/",
        "",
        "/x",
        "/x/",
        "//",
        "///",
        "/x//y",
        "/sign-in/x/y/z",
        "/sign-in/",
        "/l/x",
        "/x/lists/",
        "/x/lists.rss/y",
    ]
    for path in [*samples, *odd, *(f"{path}/" for path in samples), *(f"{path}/more" for path in samples)]:
        for method in ("GET", "POST", "PUT"):
            scope = {"type": "http", "path": path, "method": method, "root_path": ""}
            among_all, among_few = (firsts(few, scope) for few in (every, router.of(path).routes))
            assert among_all == among_few, path
    tried = [len(few.routes) for few in router.made.values()]
    assert max(tried) < len(every) / 2


def test_no_school_has_the_first_part_of_another_address() -> None:
    assert first_parts(ROWS) >= {
        "api",
        "static",
        "healthz",
        "readyz",
        "robots.txt",
        "oembed",
        "theme",
        "l",
        "sign-in",
        "sign-out",
    }
    assert not {part for part in first_parts(ROWS) if part == "" or "{" in part}
