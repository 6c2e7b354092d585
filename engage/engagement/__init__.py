"""The diary of what happened in the library, and the figures kept of it."""

from engage.engagement.diary import Who, flush_openings, opened, record
from engage.engagement.rules import Kind, Mode

__all__ = ["Kind", "Mode", "Who", "flush_openings", "opened", "record"]
