"""Which addresses of the network we may visit; pure, nothing here opens a connection.

Source: SAFETY.md, F1 and section 1, points 7 to 9.
"""

import re
from collections.abc import Set
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urljoin, urlsplit

import idna

from engage.errors import Refused

LONGEST = 2_000
PORTS = {"http": 80, "https": 443}

# what Python calls global, or may call global in some version, and we do not
CLOSED = tuple(
    ip_network(text)
    for text in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/23",
        "::/96",
        "100::/64",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
    )
)

NOT_PUBLIC = "This address is not on the public internet, so Engage does not visit it."
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
CONTROL = re.compile(r"[\x00-\x20\x7f\\]")
# a foreign address keeps its own escapes; everything else that is not plain is escaped
PLAIN = "%/:@!$&'()*+,;=~?[]|"

Pairs = Set[tuple[str, int]]


@dataclass(frozen=True)
class Address:
    """A web address in pieces, as it will be asked for.

    host: ASCII, lower case, without brackets. target: path and query, escaped.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address again, in one spelling."""
        return f"{self.scheme}://{self.authority}{self.target}"


def is_public(text: str) -> bool:
    """Whether an IP address is one that anybody on the internet could reach."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    return not any(address in network for network in CLOSED if network.version == address.version)


def may_connect(ip: str, port: int, allowed: Pairs = frozenset()) -> bool:
    """Whether a connection to this IP address and port may be opened.

    allowed: exact pairs from the server's own settings, the only relaxation there is.
    """
    return (ip, port) in allowed or (port in PORTS.values() and is_public(ip))


def as_typed(text: str) -> str:
    """What a person typed, with the scheme that was left out or written feed://."""
    text = text.strip()
    if text[:5].lower() == "feed:":
        text = text[5:].removeprefix("//")
    return text if "://" in text[:12] or not text else f"https://{text}"


def address_of(text: str, allowed: Pairs = frozenset()) -> Address:
    """The address in pieces, if it is one that we visit.

    Names are not resolved here; a name that leads inside is refused when it is visited.
    Raises Refused with a sentence for the person who wrote it.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise Refused(f"This address is longer than {LONGEST:,} characters.", about="address")
    if CONTROL.search(text.replace(" ", "")):
        raise Refused("This address holds a character that no address may hold.", about="address")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as exc:
        raise Refused("This is not a web address.", about="address") from exc
    if parts.scheme not in PORTS:
        raise Refused("The address must begin with http:// or https://.", about="address")
    if "@" in parts.netloc:
        raise Refused("Leave the user name and password out of the address.", about="address")
    host = host_of(parts.hostname or "", literal="[" in parts.netloc)
    port = PORTS[parts.scheme] if port is None else port
    if port not in PORTS.values() and all(port != number for _, number in allowed):
        raise Refused("Engage visits only the usual web ports, 80 and 443.", about="address")
    if is_number(host) and not may_connect(host, port, allowed):
        raise Refused(NOT_PUBLIC, about="address")
    target = quote(parts.path or "/", safe=PLAIN) + (f"?{quote(parts.query, safe=PLAIN)}" if parts.query else "")
    return Address(parts.scheme, host, port, target if target.startswith("/") else f"/{target}")


def check_sendable(address: Address, allowed: Pairs = frozenset()) -> None:
    """Refuse an address to which what we send would travel in the clear. Raises Refused.

    allowed: exact pairs from the server's own settings, such as a receiver on the same machine.
    """
    if address.scheme != "https" and (address.host, address.port) not in allowed:
        raise Refused(
            "The address must begin with https://, so that nobody on the way can read along.", about="address"
        )


def host_of(text: str, literal: bool = False) -> str:
    """A host in one spelling: ASCII by IDNA, or an IP address as it is properly written.

    literal: whether it stood in brackets. Short, octal and hexadecimal numbers are refused, since
    different programs read them as different machines. Raises Refused.
    """
    wrong = Refused("The name of the site in this address is not a proper one.", about="address")
    if not text or "%" in text or len(text) > 255:
        raise wrong
    if literal:
        try:
            return str(IPv6Address(text))
        except ValueError as exc:
            raise wrong from exc
    if not text.isascii():
        try:
            text = idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as exc:
            raise wrong from exc
    host = text.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise wrong
    if NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(host))
        except ValueError as exc:
            raise wrong from exc
    return host


def follow(address: Address, location: str, allowed: Pairs = frozenset()) -> Address:
    """Where a redirect leads, judged like any other address. Raises Refused."""
    try:
        return address_of(urljoin(address.url, location.strip()), allowed)
    except ValueError as exc:
        raise Refused("This is not a web address.", about="address") from exc


def is_number(host: str) -> bool:
    """Whether a host is an IP address rather than a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
