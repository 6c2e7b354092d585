"""Feeds in and out: bytes in, `Feed` out, and back. Knows no database, no page, no school and no network."""

from feeds.discover import Announced, announced
from feeds.formats import FORMATS, Format, read, recognise, write
from feeds.identity import Identity, changes_its_ids, distinct, identities
from feeds.mode import Mode, mode_of
from feeds.model import Attachment, Author, Entry, Feed, Unreadable, from_json, to_json

__all__ = [
    "FORMATS",
    "Announced",
    "Attachment",
    "Author",
    "Entry",
    "Feed",
    "Format",
    "Identity",
    "Mode",
    "Unreadable",
    "announced",
    "changes_its_ids",
    "distinct",
    "from_json",
    "identities",
    "mode_of",
    "read",
    "recognise",
    "to_json",
    "write",
]
