"""Attempts to sign in by an account elsewhere: one is begun, goes to the issuer, and comes back with a code, once.

What is known of an attempt lies sealed in a cookie of its own, so that beginning one writes nothing down; that it came
back is written down, so that it does so once (STANDARDS.md, 4.2; DECISIONS.md).
"""

import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from engage.errors import Refused
from engage.outside.fetch import Door, Unreachable
from engage.people import oidc_issuer, oidc_queries, oidc_rules, sealing
from engage.people.arriving import first_time
from engage.people.oidc_models import OidcProvider, OidcUse
from engage.people.oidc_rules import Account, Wrong

WITHIN = timedelta(minutes=10)
KIND = "attempt to sign in elsewhere"
NOT_REACHED = "The other site does not answer right now. Try again, or sign in another way."


@dataclass(frozen=True)
class Attempt:
    """What we know of an attempt. purpose: "in", "connect" (to the own account) or "try"; who: by whose key, for both.

    next: where to go afterwards. until: in seconds of 1970.
    """

    provider: str
    state: str
    nonce: str
    verifier: str
    purpose: str
    who: str
    next: str
    until: int


@dataclass(frozen=True)
class Service:
    """How this server signs in elsewhere: its door, its key, and the address that codes come back to."""

    door: Door
    secret_key: str
    back: str


def cookie_of(state: str) -> str:
    """The name of the cookie of an attempt; `__Host-` goes before it where readers come by https."""
    return f"oidc-{state[:8]}"


def kind_of_secret(key: str) -> str:
    """What the secret of a provider's client is sealed as."""
    return f"oidc client/{key}"


async def begin(
    provider: OidcProvider, service: Service, now: datetime, *, purpose: str, who: str, back: str, again: bool
) -> tuple[Attempt, str]:
    """An attempt, and the address at the issuer that it goes to. again: the issuer shall ask for the password anew.

    Raises Refused where the issuer cannot be reached or is not one.
    """
    try:
        issuer = await oidc_issuer.issuer_at(service.door, provider.issuer)
    except Unreachable as no:
        raise Refused(NOT_REACHED) from no
    except Wrong as wrong:
        raise Refused(wrong.why if purpose == "try" else NOT_REACHED) from wrong
    attempt = Attempt(
        provider=provider.key,
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        purpose=purpose,
        who=who,
        next=back,
        until=int((now + WITHIN).timestamp()),
    )
    terms = oidc_queries.terms_of(provider)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": service.back,
        "scope": terms.scope,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": oidc_rules.challenge_of(attempt.verifier),
        "code_challenge_method": "S256",
    }
    if again:
        asked |= {"prompt": "login", "max_age": "0"}
    elif purpose == "in" and terms.students and issuer.lets_choose:
        asked["prompt"] = "select_account"  # on a device that many share nobody comes in as who was there before
    return attempt, f"{issuer.authorize}{'&' if '?' in issuer.authorize else '?'}{urlencode(asked)}"


def sealed(attempt: Attempt, secret_key: str) -> str:
    """An attempt as its cookie holds it."""
    return sealing.sealed(secret_key, KIND, json.dumps(asdict(attempt)).encode())


def opened(text: str, secret_key: str, state: str, key: str, now: datetime) -> Attempt | None:
    """The attempt in a cookie, if it is ours, of this state and provider, and its time is not over."""
    raw = sealing.opened(secret_key, KIND, text)
    if not raw:
        return None
    attempt = Attempt(**json.loads(raw))
    same = hmac.compare_digest(attempt.state.encode(), state.encode()) and attempt.provider == key
    return attempt if same and now < datetime.fromtimestamp(attempt.until, UTC) else None


async def account_for(
    attempt: Attempt, provider: OidcProvider, service: Service, code: str, said_issuer: str, now: datetime
) -> Account:
    """Whose account an attempt came back with. said_issuer: what stood beside the code (RFC 9207), "" for nothing.

    Raises Wrong, Unreachable.
    """
    if not await first_time(sealing.keyed(service.secret_key, KIND, attempt.state), now):
        raise Wrong("The answer came a second time.")
    issuer = await oidc_issuer.issuer_at(service.door, provider.issuer)
    if (said_issuer or issuer.says_issuer) and said_issuer != provider.issuer:
        raise Wrong("The answer names another issuer.")
    kept = sealing.opened(service.secret_key, kind_of_secret(provider.key), provider.secret)
    if kept is None:
        raise Wrong("The secret of the provider was lost. Type it once more.")
    client = (provider.client_id, kept.decode())
    claims = await oidc_issuer.claims_for(service.door, provider.issuer, code, attempt.verifier, client, service.back)
    terms = oidc_queries.terms_of(provider)
    oidc_rules.check_claims(claims, terms, attempt.nonce, int(now.timestamp()))
    return oidc_rules.account_of(claims, terms)


async def forget_old_uses(now: datetime) -> int:
    """Delete which attempts came back, once none of them could do so again; a job's work. How many."""
    return await OidcUse.filter(at__lt=now - 2 * WITHIN).delete()
