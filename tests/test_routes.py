"""Every address of the service, and what keeps it."""

import inspect
import re

import pytest

from engage.people.matrix import MATRIX
from engage.routes import ROWS
from engage.web.routing import OPEN, PARAMETER, Row, last_rows

ids = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.path} {row.name}")

# what anyone may have without signing in, and why it needs no cell of the matrix
OPEN_ROOTS = ("/static/", "/healthz", "/readyz", "/robots.txt", "/theme", "/sign-in", "/sign-out", "/favicon", "/about")
# the short address on a paper names no school; it asks at the school of the list who may see it, as LST01 to LST04 say
# oEmbed names no school either, and tells of lists that a visitor sees
OPEN_EXACTLY = {"/", "/{school}/what-we-keep", "/l/{key}", "/oembed"}


@ids
def test_a_row_has_a_matrix_id_or_is_open_to_all(row: Row):
    assert row.act in MATRIX or row.act == OPEN
    if row.act == OPEN:
        assert row.path in OPEN_EXACTLY or row.path.startswith(OPEN_ROOTS), "this needs a cell of the matrix"


@ids
def test_a_handler_is_an_async_function_of_the_request_that_says_what_it_does(row: Row):
    assert inspect.iscoroutinefunction(row.handler)
    assert list(inspect.signature(row.handler).parameters) == ["request"]
    assert row.handler.__doc__


@ids
def test_an_address_holds_no_number_that_could_be_counted_up(row: Row):
    assert not re.search(r"\{\w*id\b|:int\}", row.path)


@ids
def test_a_schools_pages_begin_with_the_school(row: Row):
    parameters = PARAMETER.findall(row.path)
    assert "school" not in parameters or row.path.startswith("/{school}/")


def test_no_row_hides_another():
    """A row that stands below a wider one of the same method would never be reached."""
    every = [*ROWS, *last_rows()]
    hidden = []
    for place, row in enumerate(every):
        sample = PARAMETER.sub("sample0000000", row.path)
        for above in every[:place]:
            pattern = re.sub(r"\\\{\w+:path\\\}", ".*", re.escape(above.path))
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", pattern)
            if re.fullmatch(pattern, sample) and set(row.methods) <= set(above.methods):
                hidden.append((row.path, above.path))
    assert hidden == []
