"""What is asked of an issuer over the network: where it is found, its keys, and the token for a code.

All of it goes through the one door (SAFETY.md, F1). What an issuer says of itself is kept for a day, its keys too; a
key that is not among them is looked for once more, once a minute at most.
"""

import base64
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from engage.outside.fetch import Door
from engage.people import oidc_tokens
from engage.people.oidc_rules import GOOGLE, MICROSOFT, Wrong

A_DAY = 24 * 3_600.0
AGAIN = 60.0
SECONDS = 10.0
DOCUMENT = 128 * 1024
MOST_KNOWN = 200
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Issuer:
    """What an issuer says of itself. basic: whether the client's secret goes in a header, else in the form.

    says_issuer: whether it names itself beside each code (RFC 9207). lets_choose: whether it can ask which account.
    """

    issuer: str
    authorize: str
    token: str
    keys: str
    basic: bool = True
    says_issuer: bool = False
    lets_choose: bool = False


@dataclass
class _Known:
    issuer: Issuer
    at: float


@dataclass
class _Ring:
    keys: dict[str, Any] = field(default_factory=dict)
    at: float = 0.0


_known: OrderedDict[tuple[int, str], _Known] = OrderedDict()
_rings: OrderedDict[tuple[int, str], _Ring] = OrderedDict()


def forget() -> None:
    """Ask every issuer anew: for tests, and after an admin has changed something."""
    _known.clear()
    _rings.clear()


async def issuer_at(door: Door, address: str) -> Issuer:
    """What the issuer at an address says of itself. Raises Unreachable, Wrong."""
    return (await _find(door, address)).issuer


async def _find(door: Door, address: str) -> _Known:
    where = (hash(door.allowed), address)
    found = _known.get(where)
    if found is None or monotonic() - found.at > A_DAY:
        found = _Known(_issuer(await _document(door, f"{address.rstrip('/')}/.well-known/openid-configuration"),
                               address, door), monotonic())  # fmt: skip
        _known[where] = found
        while len(_known) > MOST_KNOWN:
            _known.popitem(last=False)
    return found


async def _document(door: Door, url: str) -> dict[str, Any]:
    _check_address(door, url)
    answer = await door.fetch(url, limit=DOCUMENT, seconds=SECONDS, accept="application/json", same_site=True)
    if answer.status != 200:
        raise Wrong(f"The issuer answers {answer.status} at {url}.")
    return _object(answer.body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Wrong("The issuer's answer cannot be read.") from None
    if not isinstance(found, dict):
        raise Wrong("The issuer's answer cannot be read.")
    return found


def _issuer(told: Mapping[str, Any], address: str, door: Door) -> Issuer:
    if told.get("issuer") != address:
        raise Wrong("The issuer calls itself by another address. Use exactly that one.")
    authorize, token, keys = (str(told.get(name, "")) for name in ENDPOINTS)
    for one in (authorize, token, keys):
        _check_address(door, one)
    ways = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    basic = not isinstance(ways, list) or "client_secret_basic" in ways
    says = told.get("authorization_response_iss_parameter_supported") is True
    prompts = told.get("prompt_values_supported")
    choose = address == GOOGLE or urlsplit(address).hostname == MICROSOFT
    choose = choose or (isinstance(prompts, list) and "select_account" in prompts)
    return Issuer(address, authorize, token, keys, basic=basic, says_issuer=says, lets_choose=choose)


def _check_address(door: Door, url: str) -> None:
    """Nothing of signing in goes over the wire in the clear, but to a machine that the operator has named."""
    try:
        parts = urlsplit(url)
        pair = (parts.hostname or "", parts.port or 80)
    except ValueError:
        raise Wrong("The issuer names an address that is none.") from None
    if (parts.scheme != "https" and (parts.scheme != "http" or pair not in door.allowed)) or not url.isprintable():
        raise Wrong("The issuer's addresses must begin with https://.")


async def claims_for(
    door: Door, address: str, code: str, verifier: str, client: tuple[str, str], back: str
) -> dict[str, Any]:
    """The claims of the token that an issuer gives for a code; its signature is checked. Raises Unreachable, Wrong.

    verifier: of which the challenge was sent. client: id and secret. back: the address that the code came to.
    """
    issuer, (client_id, secret) = await issuer_at(door, address), client
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    header = ""
    if issuer.basic:
        pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
        header = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": client_id, "client_secret": secret}
    content, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
    answer = await door.send(issuer.token, content, media_type=kind, authorization=header, seconds=SECONDS)
    if answer.status != 200:
        raise Wrong(f"The issuer gives nothing for its code: it answers {answer.status}. Is the secret right?")
    token = _object(answer.body).get("id_token")
    if not isinstance(token, str):
        raise Wrong("The issuer sends no id token.")
    return await claims_signed_at(door, issuer.keys, token)


async def claims_signed_at(door: Door, address: str, token: str) -> dict[str, Any]:
    """The claims of a token, if one of the keys at an address signed it. Raises Unreachable, Wrong."""
    return oidc_tokens.checked(token, await _keys(door, address, oidc_tokens.key_id(token)))


async def _keys(door: Door, address: str, key_id: str | None) -> dict[str, Any]:
    """The keys at an address; looked for once more where the one that signed is not among them."""
    now = monotonic()
    ring = _rings.setdefault((hash(door.allowed), address), _Ring())
    there = {one.get("kid") for one in ring.keys.get("keys", []) if isinstance(one, dict)}
    stale = not ring.keys or now - ring.at > A_DAY
    if stale or (key_id not in there and now - ring.at > AGAIN):
        ring.keys, ring.at = await _document(door, address), now
    while len(_rings) > MOST_KNOWN:
        _rings.popitem(last=False)
    return ring.keys
