"""What makes two entries the same, between visits of one source. Source: SAFETY.md F9."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from feeds.address import same_place
from feeds.model import Entry

CHANGES_ITS_IDS = 80  # percent of a visit known by the second key only


@dataclass(frozen=True)
class Identity:
    """The two keys of an entry, SHA-256 in hexadecimal.

    key: of what the feed calls it. second: of where it leads and its title, for feeds that call
    the same thing something else at each visit.
    """

    key: str
    second: str


def identities(source: str, entries: Sequence[Entry]) -> tuple[Identity, ...]:
    """The identity of each entry of one visit, in the same order.

    source: what stands for the feed and never changes; the same guid in two feeds is two things.
    The key is of the guid; of guid and address where one guid stands in the visit more than once;
    of the address without a guid; and of title and date without an address.
    """
    often = Counter(entry.guid for entry in entries if entry.guid)
    return tuple(Identity(_first(source, entry, often), _second(source, entry)) for entry in entries)


def distinct(entries: Sequence[Entry], known_as: Sequence[Identity]) -> list[tuple[Entry, Identity]]:
    """Each entry once, with its identity: of two with the same key the newer, at the place of the first."""
    chosen: dict[str, tuple[Entry, Identity]] = {}
    for entry, identity in zip(entries, known_as, strict=True):
        before = chosen.get(identity.key)
        if before is None or _age(entry) > _age(before[0]):
            chosen[identity.key] = (entry, identity)
    return list(chosen.values())


def changes_its_ids(
    visit: Iterable[Identity], keys: Collection[str], seconds: Collection[str], others: int = 0
) -> bool:
    """Whether a feed names its entries anew at each visit, so that the second key has to rule.

    keys, seconds: those already known of this source. others: how many entries of the visit are known by their key.
    """
    found = list(visit)
    only_second = sum(one.key not in keys and one.second in seconds for one in found)
    return bool(found) and 100 * only_second >= CHANGES_ITS_IDS * (len(found) + others)


def _first(source: str, entry: Entry, often: Counter[str]) -> str:
    if entry.guid:
        again = entry.url or "" if often[entry.guid] > 1 else ""
        return _hash(source, "guid", entry.guid, again)
    if entry.url:
        return _hash(source, "url", entry.url)
    date = entry.published_at.isoformat() if entry.published_at else ""
    rest = "" if entry.title else entry.body_html
    return _hash(source, "title", entry.title, date, rest)


def _second(source: str, entry: Entry) -> str:
    words = unicodedata.normalize("NFKC", entry.title).casefold().split()
    place = same_place(entry.url) if entry.url else ""
    date = entry.published_at.isoformat() if entry.published_at and not place else ""
    rest = "" if place or words else entry.body_html
    return _hash(source, "place", place, " ".join(words), date, rest)


def _age(entry: Entry) -> tuple[str, str]:
    published = entry.published_at.isoformat() if entry.published_at else ""
    return (published, entry.updated_at.isoformat() if entry.updated_at else "")


def _hash(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
