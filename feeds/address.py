"""Which addresses may stand in a feed, and when two of them lead to the same place."""

import re
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit

from feeds.believing import ADDRESS

_BLANK = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|_hsenc|_hsmi|yclid", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
# what nearly all addresses are: nothing in them that means anything but itself, so they need not be taken apart
_PLAIN = re.compile(
    r"(https?://[A-Za-z0-9][A-Za-z0-9.-]{0,250}(?::[1-9][0-9]{0,3})?)"
    r"(?:/[A-Za-z0-9_~.%+,=@/-]*(?:\?[A-Za-z0-9_~.%+,=@&/:-]+)?)?"
)
_ROOTED = re.compile(r"(?!//)(?:/(?!\.)[A-Za-z0-9_~.%+,=@-]*)+")


def address(raw: object, base: str = "") -> str | None:
    """An absolute http or https address, or None for all else.

    raw: as a feed gives it, relative to base. Refused are other schemes, user names in front of the
    host (they make one site look like another), hosts that are none, and more than 2,000 characters.
    """
    if not isinstance(raw, str) or not raw or len(raw) > 2 * ADDRESS:
        return None
    if _PLAIN.fullmatch(raw):
        return raw if len(raw) <= ADDRESS else None
    if _ROOTED.fullmatch(raw) and (site := _site(base)):
        return found if len(found := site + raw) <= ADDRESS else None
    given = raw.strip().replace("\t", "").replace("\n", "").replace("\r", "")
    try:
        full = urljoin(base, given) if base else given
        parts = urlsplit(full)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not _is_host(host) or "@" in parts.netloc or port == 0:
        return None
    found = _BLANK.sub("%20", parts._replace(scheme=parts.scheme.lower()).geturl())
    found = found.replace("<", "%3C").replace(">", "%3E").replace('"', "%22")
    return found if len(found) <= ADDRESS and found.isprintable() else None


def absolute(raw: object) -> str | None:
    """As `address`, but only what is a whole address by itself."""
    return address(raw) if isinstance(raw, str) and "://" in raw else None


def same_place(url: str) -> str:
    """What is left of an address when all is taken away that does not change where it leads.

    Scheme, www., default port, final slash, fragment, the marks of advertisers and the order of the
    query go. For comparing only; the result is no address.
    """
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0])]
    host = (parts.hostname or "").removeprefix("www.").rstrip(".")
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    asked = "?" + urlencode(sorted(query)) if query else ""
    return f"{host}{port}{parts.path.rstrip('/')}{asked}"


def host_of(url: str | None) -> str:
    """The host of an address in small letters without www., or nothing."""
    try:
        parts: SplitResult = urlsplit(url or "")
        return (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""


@lru_cache(maxsize=16)
def _site(base: str) -> str:
    """What stands in front of the path of a plain address; nothing where it is not plain."""
    plain = _PLAIN.fullmatch(base)
    return plain[1] if plain else ""


def _is_host(host: str) -> bool:
    return bool(host) and len(host) <= 253 and not re.search(r"[\s\\%<>\"'`{}|^]", host)
