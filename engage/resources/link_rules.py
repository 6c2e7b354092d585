"""What a look at a link means: whether it is alive, moved, changed, closed or dead, and when to look again.

Nothing is dead for one failure: sites are repaired overnight. Source: PRODUCT.md, 2, "Link check".
"""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from engage.resources.rules import LinkState

# looks in a row, each on another day
GONE_FOR_GOOD = 3
AWAY_FOR_GOOD = 7
WELL = timedelta(days=30)
ILL = timedelta(hours=20)
UNSEEN = timedelta(days=90)
# begins the line of a link's history that tells where it led before
ADDRESS_WAS = "Its address was "

TITLE = re.compile(rb"<title[^<>]{0,200}>([^<]{1,500})</title", re.IGNORECASE)
ENTITY = re.compile(rb"&(?:[a-z]{2,8}|#x?[0-9a-f]{1,6});", re.IGNORECASE)
NOT_WORDS = re.compile(rb"[\x00-\x40\x5b-\x60\x7b-\x7f]+")
MISSING = re.compile(
    rb"\b404\b|page not found|not found$|^not found|does ?n.?o?.?t exist|no longer (?:available|exists)", re.IGNORECASE
)
SIGN_IN = re.compile(
    r"(?:^|[/._?&=-])(?:log[-_]?in|sign[-_]?in|logon|sso|saml2?|oauth2?|openid|adfs|shibboleth|cas)(?:[/._?&=-]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Looked:
    """What a site answered.

    status: of the answer, 0 where there was none, and then code is the word of Unreachable. url: where the answer came
    from. permanent_url: where redirects that are meant to last led. title: the bytes of the page's title.
    """

    status: int
    url: str = ""
    permanent_url: str | None = None
    title: bytes = b""
    code: str = ""


@dataclass(frozen=True)
class Standing:
    """What is known of a link before and after a look; as the columns of Link."""

    url: str
    state: LinkState
    access: str = ""
    failures: int = 0
    found: str = ""
    moved_to: str = ""
    fingerprint: str = ""


def title_in(body: bytes) -> bytes:
    """The bytes between the title marks of a page; nothing is made of them but a comparison."""
    found = TITLE.search(body[:200_000])
    return found[1].strip() if found else b""


def fingerprint(title: bytes) -> str:
    """What stays of a title while counters and dates in it change; "" for none."""
    words = NOT_WORDS.sub(b" ", ENTITY.sub(b" ", title.lower())).split()
    return hashlib.sha256(b" ".join(words)).hexdigest() if words else ""


def judge(before: Standing, looked: Looked, another_day: bool = True) -> Standing:
    """What is known of the link now. another_day: than that of the last look; a failure counts once a day."""
    after = _judged(before, looked)
    return after if another_day or after.failures == 0 or not before.failures else _as_often(before, after)


def _as_often(before: Standing, after: Standing) -> Standing:
    return replace(after, failures=before.failures, state=before.state)


def _judged(before: Standing, looked: Looked) -> Standing:
    if looked.code == "address":
        return replace(
            before, state=LinkState.UNCHECKED, found="Engage cannot look there: the address is not public.", failures=0
        )
    if looked.status == 429 or looked.status == 503:
        return before
    if why := _wants_sign_in(before.url, looked):
        if before.access:
            return _well(before)
        return replace(before, state=LinkState.SIGN_IN, found=why, failures=0, moved_to="")
    if not 200 <= looked.status < 300:
        return _failed(before, looked)
    if MISSING.search(looked.title):
        return _failing(before, "The page says that there is nothing here any more.", GONE_FOR_GOOD)
    return _answered(before, looked)


def _answered(before: Standing, looked: Looked) -> Standing:
    mark = fingerprint(looked.title)
    first = before.fingerprint or mark
    if _is_front(looked.url) and not _is_front(before.url):
        sentence = "It leads to the front page of a site now, so what it was for may be gone."
        return replace(before, state=LinkState.CHANGED, found=sentence, failures=0, moved_to="", fingerprint=first)
    if looked.permanent_url and looked.permanent_url != before.url:
        return replace(
            before,
            state=LinkState.MOVED,
            found="The site says that it moved for good.",
            failures=0,
            moved_to=looked.permanent_url,
            fingerprint=first,
        )
    if mark and mark != first:
        return replace(
            before,
            state=LinkState.CHANGED,
            found="The page has another title than when we first saw it.",
            failures=0,
            moved_to="",
        )
    return replace(_well(before), fingerprint=first)


def _well(before: Standing) -> Standing:
    return replace(before, state=LinkState.ALIVE, found="It works.", failures=0, moved_to="")


def _wants_sign_in(url: str, looked: Looked) -> str:
    if looked.status in (401, 407):
        return "The site asks for a user name and password."
    if looked.status in (402, 403, 451):
        return f"The site does not let us in ({looked.status}). Look whether it opens at school."
    if 200 <= looked.status < 300 and looked.url != url:
        here, there = _without_scheme(url), _without_scheme(looked.url)
        if SIGN_IN.search(there) and not SIGN_IN.search(here):
            return "It leads to a page for signing in."
    return ""


def _without_scheme(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _failed(before: Standing, looked: Looked) -> Standing:
    if looked.status in (404, 410):
        return _failing(before, f"The site says that there is no such page ({looked.status}).", GONE_FOR_GOOD)
    if looked.status:
        return _failing(before, f"The site answers with an error ({looked.status}).", AWAY_FOR_GOOD)
    sentence = {"redirects": "The address leads in a circle."}.get(looked.code, "The site does not answer.")
    return _failing(before, sentence, AWAY_FOR_GOOD)


def _failing(before: Standing, sentence: str, most: int) -> Standing:
    """One more failure; dead after so many in a row."""
    failures = before.failures + 1
    dead = failures >= most or before.state is LinkState.DEAD
    return replace(before, state=LinkState.DEAD if dead else before.state, found=sentence, failures=failures)


def next_look(after: Standing, key: int, now: datetime) -> datetime:
    """When to look again. key: spreads the links over the nights of a month."""
    if after.failures and after.failures < AWAY_FOR_GOOD:
        return now + ILL
    if after.state is LinkState.UNCHECKED:
        return now + (UNSEEN if after.found else ILL)
    return now + WELL - timedelta(days=key % 5)


def address_before(sentence: str) -> str:
    """The address that a link had, from the line of its history that says so; "" from any other."""
    return sentence.removeprefix(ADDRESS_WAS) if sentence.startswith(ADDRESS_WAS) else ""


def is_night(hour: int) -> bool:
    """Whether it is the time of day at which sites and the school have least to do. hour: at the school."""
    return hour >= 22 or hour < 5
