"""What is true of LTI: what was agreed with a platform, what a launch must say, and whom it lets in.

Sources: STANDARDS.md, 4.4; LTI 1.3 Core; LTI Deep Linking 2.0; LTI Assignment and Grade Services 2.0.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from engage.errors import Refused
from engage.people import oidc_rules
from engage.people.oidc_rules import ADMINS, LONGEST, Terms, Whom, Wrong, only_within
from engage.people.rules import Role

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
VERSION = "1.3.0"
OLDEST_SECONDS = 300
LINK = "ltiResourceLink"
LONGEST_DATA = 4_000
# an origin goes into a header, so nothing else may stand in it
ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?")
LIST_PATH = re.compile(r"/([a-z0-9-]{1,60})/lists/([a-z0-9-]{1,200})/?")


class Kind(StrEnum):
    """What a platform asks for: to show something, or to have a list chosen for a course."""

    SHOW = "LtiResourceLinkRequest"
    CHOOSE = "LtiDeepLinkingRequest"


@dataclass(frozen=True)
class Choosing:
    """Where a choice goes, and what of it is taken. takes_lines: results, too. data: goes back as it came."""

    back: str
    takes_links: bool
    takes_lines: bool = True
    data: str = ""


@dataclass(frozen=True)
class Message:
    """What a checked launch says, and no more than is needed of it.

    subject: who it is to this platform, for ever. number: what the roster may know them by. shown: the name that the
    platform knows them by, kept nowhere. list_id: of the list that was put into the course. line: the address that
    hears of results, "" where there is none, or the platform does not let us say anything.
    """

    kind: Kind
    issuer: str
    subject: str
    deployment: str
    target: str
    teaches: bool
    learns: bool
    number: str = ""
    shown: str = ""
    list_id: str = ""
    line: str = ""
    choosing: Choosing | None = None


@dataclass(frozen=True)
class Deal:
    """What was agreed with a platform. sites: the origins that are its own."""

    terms: Terms
    deployments: Collection[str]
    sites: Collection[str] = field(default_factory=frozenset)


def origin_of(url: str) -> str:
    """The origin of an address, "" where it has none that could stand in a header."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    return origin if ORIGIN.fullmatch(origin) else ""


def plain_address(text: str, about: str, inside: Collection[str] = ()) -> str:
    """An address of a platform as it is kept. inside: origins that need no https. Raises Refused."""
    address = text.strip()
    origin = origin_of(address)
    if not origin or not address.isprintable() or not address.isascii() or " " in address or "#" in address:
        raise Refused("This is not a web address.", about=about)
    if not origin.startswith("https://") and origin not in inside:
        raise Refused("This must begin with https://.", about=about)
    return address


def plain_deployments(text: str) -> str:
    """The ids of deployments as they were typed, with blanks between. Raises Refused."""
    found = list(dict.fromkeys(re.split(r"[\s,]+", text.strip())))
    if not found[0]:
        raise Refused("Copy the deployment id from the platform.", about="deployments")
    if any(len(one) > LONGEST for one in found):
        raise Refused("Keep each of them shorter.", about="deployments")
    return " ".join(found)


def check_scores(scores: bool, agreement: str) -> None:
    """Refuse to tell a platform of anybody without a ground for it. Raises Refused."""
    if scores and not agreement.strip():
        raise Refused("Say which agreement lets the platform hear who has finished a list.", about="agreement")


def message_of(claims: Mapping[str, Any], deal: Deal, nonce: str, now: int) -> Message:
    """What the claims of a token with a good signature say. now: seconds of 1970. Raises Wrong."""
    oidc_rules.check_claims(claims, deal.terms, nonce, now)
    if int(claims["iat"]) < now - OLDEST_SECONDS:
        raise Wrong("The message was made at another time. Do the clocks of both servers agree?")
    if claims.get(f"{CLAIM}version") != VERSION:
        raise Wrong("The message is of another version of LTI.")
    if _text(claims.get(f"{CLAIM}deployment_id")) not in deal.deployments:
        raise Wrong("The message is of a deployment that nobody agreed on.")
    told = claims.get(f"{CLAIM}message_type")
    if told not in list(Kind):
        raise Wrong("The message asks for something that we do not do.")
    kind = Kind(told)
    roles = _texts(claims.get(f"{CLAIM}roles"))
    return Message(
        kind=kind,
        issuer=deal.terms.issuer,
        subject=str(claims["sub"]),
        deployment=_text(claims[f"{CLAIM}deployment_id"]),
        target=_text(claims.get(f"{CLAIM}target_link_uri"), 2_000),
        teaches=f"{MEMBERSHIP}Instructor" in roles,
        learns=f"{MEMBERSHIP}Learner" in roles,
        number=_text(_object(claims.get(f"{CLAIM}lis")).get("person_sourcedid")),
        shown=_text(claims.get("name")),
        list_id=_text(_object(claims.get(f"{CLAIM}custom")).get("list_id"), 13),
        line=_line(_object(claims.get(AGS_CLAIM)), deal.sites),
        choosing=_choosing(claims, deal.sites) if kind is Kind.CHOOSE else None,
    )


def _choosing(claims: Mapping[str, Any], sites: Collection[str]) -> Choosing:
    told = _object(claims.get(f"{DEEP_CLAIM}deep_linking_settings"))
    back = _text(told.get("deep_link_return_url"), 2_000)
    if origin_of(back) not in sites or not back.isprintable():
        raise Wrong("The choice would go to an address that is not the platform's.")
    data = told.get("data")
    if data is not None and (not isinstance(data, str) or len(data) > LONGEST_DATA):
        raise Wrong("The platform sends along more than can go back.")
    return Choosing(
        back, LINK in _texts(told.get("accept_types")), told.get("accept_lineitem") is not False, data or ""
    )


def _line(told: Mapping[str, Any], sites: Collection[str]) -> str:
    line = _text(told.get("lineitem"), 2_000)
    return line if SCORE in _texts(told.get("scope")) and line.isprintable() and origin_of(line) in sites else ""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> Iterable[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _text(value: Any, longest: int = LONGEST) -> str:
    """A text; nothing where there is none, where it is too long, or the platform did not fill in what it stands for."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return "" if len(text) > longest or text.startswith("$") else text


def path_in(target: str, base_url: str) -> str | None:
    """The path of an address of ours; None for any other."""
    base = base_url.rstrip("/")
    return target.removeprefix(base) if target.startswith(f"{base}/") else None


def list_in(path: str) -> tuple[str, str]:
    """The school and the list that a path of ours names, both "" where it names none."""
    found = LIST_PATH.fullmatch(path.partition("?")[0])
    return (found[1], found[2]) if found else ("", "")


def comes_as(held: Collection[tuple[Role, int]], message: Message, reach: Collection[int], proved: bool) -> Whom | None:
    """As what somebody comes in by a launch; None where they do not. See oidc_rules.comes_as.

    Who teaches a course comes in as staff and who learns in it as a student; nobody gets a role by it that the school
    has not given. What somebody is in the whole institution, or to the system, counts for nothing.
    """
    roles = {role for role, _ in held}
    if not only_within({school for _, school in held}, reach) or (roles & ADMINS and not proved):
        return None
    if roles == {Role.STUDENT}:
        return Whom.STUDENTS if message.learns else None
    return Whom.STAFF if message.teaches else None
