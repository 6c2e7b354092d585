"""What is true of signing in by an account elsewhere (OpenID Connect): what a token must say, and whom it lets in.

Sources: STANDARDS.md, 4.2; OpenID Connect Core 1.0, 3.1.3.7; SAFETY.md, L1.
"""

import base64
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from engage.errors import Refused
from engage.people.rules import Role

ALGORITHMS = ("RS256", "ES256")
ADMINS = frozenset({Role.SCHOOL_ADMIN, Role.DISTRICT_ADMIN})
GRACE_SECONDS = 60
OLDEST_SECONDS = 600
GOOGLE = "https://accounts.google.com"
# Microsoft's addresses for accounts of any tenant: who may be behind them is nobody's to say
ANYBODYS = frozenset({"common", "organizations", "consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"})
MICROSOFT = "login.microsoftonline.com"
LONGEST = 255
CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,80}")
DOMAIN = re.compile(r"(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
# which scope a claim comes with; the claims of a school's own come with "openid"
SCOPES = {"email": "email", "preferred_username": "profile", "name": "profile"}


class Whom(StrEnum):
    """Who signs in with a provider."""

    STAFF = "staff"
    STUDENTS = "students"


class Wrong(Exception):
    """A token or an answer that is not what it should be. why: for the admin who tries it, in a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Terms:
    """What an admin has agreed with a provider.

    issuer: its address, as its tokens name it. domains: of e-mail, or Google's `hd`, whose accounts may come in; empty
    for all. student_claim: which claim holds what the roster has as a student's id.
    """

    key: str
    issuer: str
    client_id: str
    staff: bool
    students: bool
    domains: tuple[str, ...] = ()
    student_claim: str = ""

    @property
    def is_google(self) -> bool:
        """Whether it is Google, whose accounts of a school are known by the claim `hd`."""
        return self.issuer == GOOGLE

    @property
    def scope(self) -> str:
        """What is asked for, and no more than that."""
        wanted = ["openid"]
        if self.staff or self.domains:
            wanted.append("email")
        if self.students and SCOPES.get(self.student_claim, "openid") not in wanted:
            wanted.append(SCOPES[self.student_claim])
        return " ".join(wanted)


@dataclass(frozen=True)
class Account:
    """The account of somebody, as a checked token tells of it.

    subject: who it is to this issuer, for ever. email: "" unless the issuer has verified it. number: what the roster
    may know a student by. signed_in_at: when the person last showed the issuer who they are, in seconds of 1970; None
    where it does not say.
    """

    issuer: str
    subject: str
    email: str = ""
    number: str = ""
    signed_in_at: int | None = None


def plain_issuer(text: str) -> str:
    """An issuer's address as it is kept. Raises Refused."""
    issuer = text.strip().removesuffix("/.well-known/openid-configuration")
    if issuer.rstrip("/") in (GOOGLE, GOOGLE.removeprefix("https://")):
        return GOOGLE
    try:
        parts = urlsplit(issuer)
    except ValueError:
        raise Refused("This is not a web address.", about="issuer") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Refused("The address of an issuer begins with https://.", about="issuer")
    if parts.query or parts.fragment:
        raise Refused("Leave out everything from the question mark on.", about="issuer")
    if parts.hostname == MICROSOFT and (parts.path.strip("/").split("/") or [""])[0].lower() in ANYBODYS:
        raise Refused(
            "Put the number of your own tenant in the address, or anybody's account would do.", about="issuer"
        )
    return issuer


def plain_domains(text: str) -> tuple[str, ...]:
    """Domains as they were typed, with commas or blanks between. Raises Refused."""
    found = [word.strip().lower().removeprefix("@") for word in re.split(r"[\s,;]+", text) if word.strip()]
    for domain in found:
        if not DOMAIN.fullmatch(domain):
            raise Refused(f"“{domain[:60]}” is not a domain, like school.example.", about="domains")
    return tuple(dict.fromkeys(found))


def check_terms(terms: Terms) -> None:
    """Refuse what would let in too many, or nobody. Raises Refused."""
    if not terms.staff and not terms.students:
        raise Refused("Choose who signs in with it.", about="whom")
    if terms.students and not CLAIM.fullmatch(terms.student_claim):
        raise Refused("Say which claim holds a student's id in the roster.", about="student_claim")
    if terms.is_google and not terms.domains:
        raise Refused("Google lets anybody sign in. Name the domains of your school's accounts.", about="domains")


def challenge_of(verifier: str) -> str:
    """What goes to the issuer of a verifier (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def check_claims(claims: Mapping[str, Any], terms: Terms, nonce: str, now: int) -> None:
    """Whether a token with a good signature is one that was made for us, now, and for this very attempt. Raises Wrong.

    nonce: what was sent along. now: seconds of 1970.
    """
    issuers = {terms.issuer} | ({GOOGLE.removeprefix("https://")} if terms.is_google else set())
    if claims.get("iss") not in issuers:
        raise Wrong("The answer names another issuer.")
    told = claims.get("aud")
    audience: Sequence[Any] = told if isinstance(told, list) else [told]
    if terms.client_id not in audience:
        raise Wrong("The answer was made for another service.")
    party = claims.get("azp")
    if party is not None and party != terms.client_id:
        raise Wrong("The answer was made for another service.")
    if party is None and len(audience) > 1:
        raise Wrong("The answer was made for several services.")
    ends, made = _seconds(claims, "exp"), _seconds(claims, "iat")
    begins = _seconds(claims, "nbf") if "nbf" in claims else made
    if now >= ends + GRACE_SECONDS:
        raise Wrong("The answer was too old. Do the clocks of both servers agree?")
    if max(made, begins) > now + GRACE_SECONDS or made < now - OLDEST_SECONDS:
        raise Wrong("The answer was made at another time. Do the clocks of both servers agree?")
    if not nonce or claims.get("nonce") != nonce:
        raise Wrong("The answer belongs to another attempt.")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST:
        raise Wrong("The answer does not say whose account it is.")


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e11:
        raise Wrong(f"The answer has no time “{name}”.")
    return int(value)


def account_of(claims: Mapping[str, Any], terms: Terms) -> Account:
    """The account that checked claims tell of. Raises Wrong for one whose domain is not let in."""
    told = claims.get("email")
    # Microsoft says it of an e-mail in a claim of its own
    verified = any(claims.get(name) in (True, 1, "1", "true") for name in ("email_verified", "xms_edov"))
    # letters that look alike become alike when their case is folded: of those no address here is made
    plain = isinstance(told, str) and told.isascii() and len(told) <= LONGEST
    email = told.strip().casefold() if isinstance(told, str) and plain and verified else ""
    if terms.domains:
        # of a Google account the claim hd counts: its e-mail may have any domain
        held = claims.get("hd") if terms.is_google else email.rpartition("@")[2]
        if not isinstance(held, str) or held.casefold() not in terms.domains:
            raise Wrong("The account is not of a domain that you let in.")
    given = claims.get(terms.student_claim) if terms.students else None
    number = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if terms.student_claim == "email":
        number = email
    at = claims.get("auth_time")
    known = isinstance(at, int | float) and not isinstance(at, bool) and abs(at) < 1e11
    return Account(
        issuer=terms.issuer,
        subject=str(claims["sub"]),
        email=email,
        number=number if len(number) <= LONGEST else "",
        signed_in_at=int(at) if at is not None and known else None,
    )


def only_within(schools: Collection[int], reach: Collection[int]) -> bool:
    """Whether somebody is nowhere but where a provider's word counts: a way in opens every school of the account."""
    return bool(schools) and all(school in reach for school in schools)


def comes_as(held: Collection[tuple[Role, int]], terms: Terms, reach: Collection[int], proved: bool) -> Whom | None:
    """As what somebody comes in by a provider; None where they do not.

    held: the roles, each with its school. reach: the schools for which the provider's word counts. proved: whether the
    person joined the account to their own; an e-mail alone lets nobody in who is an admin anywhere.
    """
    roles = {role for role, _ in held}
    if not only_within({school for _, school in held}, reach) or (roles & ADMINS and not proved):
        return None
    if roles == {Role.STUDENT}:
        return Whom.STUDENTS if terms.students else None
    return Whom.STAFF if terms.staff else None
