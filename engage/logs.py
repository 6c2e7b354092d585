"""Logs: one line of JSON each, with the fields listed here and no others.

Source: SAFETY.md, X3.
"""

import json
import logging
import sys
from datetime import UTC, datetime

FIELDS = ("code", "job", "attempts", "error", "place", "route", "method", "status", "ms", "count", "person", "trace")


class JsonLines(logging.Formatter):
    """The event in our own words; what others log keeps its pattern but not its values, which may name somebody."""

    def format(self, record: logging.LogRecord) -> str:
        event = record.getMessage() if record.name.startswith("engage") else str(record.msg)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "logger": record.name, "event": event}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line | {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}, default=str)


def set_up_logs(level: int = logging.INFO) -> None:
    """Send all logs of this process to standard error, as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
