"""Logs are lines of JSON that name nobody and forge nothing (SAFETY.md, X3)."""

import json
import logging

import pytest

from engage.logs import JsonLines


@pytest.fixture
def lines():
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler = Kept()
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(name) for name in ("engage.tests", "others.tests")]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    yield written
    for logger in loggers:
        logger.removeHandler(handler)
        logger.propagate = True


def test_a_line_has_the_listed_fields_and_no_others(lines):
    logging.getLogger("engage.tests").warning("job failed", extra={"job": "harvest", "attempts": 2, "title": "Sea"})
    (line,) = map(json.loads, lines)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "engage.tests",
        "event": "job failed",
        "job": "harvest",
        "attempts": 2,
    }


def test_what_others_log_keeps_its_pattern_but_not_its_values(lines):
    logging.getLogger("others.tests").error("no row for %s", "Sam Lopez")
    assert json.loads(lines[0])["event"] == "no row for %s"


def test_an_error_is_named_but_neither_its_text_nor_its_trace(lines):
    try:
        raise LookupError("Sam Lopez")
    except LookupError:
        logging.getLogger("engage.tests").exception("unexpected")
    assert json.loads(lines[0])["error"] == "LookupError"
    assert "Sam" not in lines[0]


def test_no_text_makes_a_second_line(lines):
    logging.getLogger("engage.tests").warning('a\n{"level": "info"}\r\x1b[31m\u2028')
    assert len(lines[0].splitlines()) == 1
    assert "\x1b" not in lines[0]
