"""Whether an entry is for reading, viewing or listening."""

import re
from collections import Counter
from enum import StrEnum

from feeds.address import host_of
from feeds.model import Attachment, Entry, Feed

_LISTENING = {"podcast", "audiobook", "music", "audio", "radio"}
_VIEWING = {"video", "film"}
# what a file is whose feed does not say it, by how its name ends
_FILES = {
    **dict.fromkeys(("aac", "flac", "m4a", "mp3", "oga", "ogg", "opus", "wav"), "audio"),
    **dict.fromkeys(("m4v", "mov", "mp4", "webm"), "video"),
}
_SCREENS = ("youtube.com", "youtu.be", "youtube-nocookie.com", "vimeo.com")


class Mode(StrEnum):
    """How a thing is taken in."""

    READING = "reading"
    VIEWING = "viewing"
    LISTENING = "listening"


def mode_of(entry: Entry, feed: Feed | None = None) -> Mode:
    """The mode of an entry. Source: STANDARDS.md 2.1, "Mode".

    feed: where it comes from, for what the feed says about all its entries.
    """
    kinds = [_kind_of_file(one) for one in entry.attachments]
    said = {entry.medium, feed.medium if feed is not None else None}
    if "audio" in kinds and "video" not in kinds:
        return Mode.LISTENING
    if "video" in kinds or is_on_a_screen(entry.url) or said & _VIEWING:
        return Mode.VIEWING
    if "audio" in kinds or said & _LISTENING:
        return Mode.LISTENING
    return Mode.READING


def kind_of(feed: Feed) -> str:
    """What a feed seems to be, by what most of its entries are: "podcast", "video" or "feed"."""
    if feed.medium in _LISTENING:
        return "podcast"
    if feed.medium in _VIEWING or (is_on_a_screen(feed.feed_url) and not feed.entries):
        return "video"
    counted = Counter(mode_of(entry) for entry in feed.entries)
    if 2 * counted[Mode.LISTENING] > len(feed.entries):
        return "podcast"
    return "video" if 2 * counted[Mode.VIEWING] > len(feed.entries) else "feed"


def _kind_of_file(file: Attachment) -> str:
    """ "audio", "video" or another kind of media, as the feed says it, else as the name of the file ends."""
    if file.media_type:
        return file.media_type.partition("/")[0]
    return _FILES.get(re.split("[?#]", file.url, maxsplit=1)[0].rpartition(".")[2].lower(), "")


def is_on_a_screen(url: str | None) -> bool:
    """Whether an address is one of a film on YouTube or Vimeo."""
    host = host_of(url)
    return any(host == screen or host.endswith("." + screen) for screen in _SCREENS)
