"""What podcasts say in vocabularies that feedparser does not know, or of which it keeps too little."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from feeds.namespaces import ITUNES, PODCAST, PODCAST_TOO, RDF
from feeds.sieve import ITEMS, ORDINAL, ROOTS

_FAMILIES = {
    ITUNES.lower(): "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.google.com/schemas/play-podcasts/1.0": "googleplay",
    PODCAST.lower(): "podcast",
    PODCAST_TOO.lower(): "podcast",
}
# the best one first: read in a browser, then beside a player
_TRANSCRIPTS = ("text/html", "text/vtt", "application/srt", "application/x-subrip", "text/plain", "application/json")


@dataclass
class Extra:
    """What an entry, or the feed itself, says beside what feedparser keeps, as it says it.

    guid: before it was made an address, for an identity must not move when the feed does.
    """

    explicit: bool | None = None
    title: str = ""
    duration: str = ""
    medium: str = ""
    guid: str = ""
    is_permalink: bool = False
    chapters: str = ""
    skipped: list[str] = field(default_factory=list)  # hours and days of the week
    people: list[tuple[str, str]] = field(default_factory=list)  # name, address
    transcripts: list[tuple[str, str]] = field(default_factory=list)  # address, type

    @property
    def transcript(self) -> tuple[str, str]:
        """Address and type of the transcript that is easiest to read, or two empty texts."""
        ranked = sorted(self.transcripts, key=lambda one: _TRANSCRIPTS.index(one[1]) if one[1] in _TRANSCRIPTS else 99)
        return ranked[0] if ranked else ("", "")


def extras(document: bytes) -> tuple[Extra, dict[str, Extra]]:
    """The extras of the feed and those of its entries, by the ordinal that the sieve gave them.

    document: what `guard.bounded` returned; no other is safe here.
    """
    root = ElementTree.fromstring(document)
    feed, entries = Extra(), {}
    for element in _structure(root):
        if _local(element) in ITEMS:
            ordinal = element.findtext(ORDINAL) or ""
            extra = entries[ordinal] = _extra(element, Extra())
            extra.guid = extra.guid or element.get(f"{{{RDF}}}about", "")
        else:
            _extra(element, feed)
    return feed, entries


def _structure(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """The roots and the entries, wherever they stand."""
    for element in root.iter():
        if _local(element) in ITEMS or _local(element) in ROOTS:
            yield element


def _extra(element: ElementTree.Element, extra: Extra) -> Extra:
    for child in element:
        uri, _, local = child.tag.rpartition("}")
        family, name = _FAMILIES.get(uri.removeprefix("{").lower(), ""), local.lower()
        words = (child.text or "").strip()
        url = child.get("url", "")
        if name in ("skiphours", "skipdays"):
            extra.skipped += [(one.text or "").strip().lower() for one in child]
        elif name == "explicit" and family in ("itunes", "googleplay"):
            extra.explicit = _explicit(words) if extra.explicit is None else extra.explicit
        elif family == "itunes" and name == "title":
            extra.title = extra.title or words
        elif family == "itunes" and name == "duration":
            extra.duration = extra.duration or words
        elif family == "podcast" and name == "medium":
            extra.medium = words.lower()
        elif name in ("guid", "id") and family in ("podcast", ""):
            extra.guid = extra.guid or words
            said = {key.lower(): value.lower() for key, value in child.items()}
            extra.is_permalink = name == "guid" and said.get("ispermalink", "true") == "true"
        elif family == "podcast" and name == "chapters":
            extra.chapters = url
        elif family == "podcast" and name == "person" and words:
            extra.people.append((words, child.get("href", "")))
        elif family == "podcast" and name == "transcript" and url:
            extra.transcripts.append((url, child.get("type", "").lower()))
    return extra


def _explicit(words: str) -> bool | None:
    word = words.lower()
    if word in ("true", "yes", "explicit"):
        return True
    return False if word in ("false", "no", "clean") else None


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()
