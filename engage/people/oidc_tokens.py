"""The signature of a token, somebody else's or ours: the only room that knows the library for it."""

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwk, jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from engage.people.oidc_rules import ALGORITHMS, Wrong

LONGEST = 32 * 1024
# which kind of key signs by which algorithm; a secret (oct) is none of them, so no public key can be used as one
KINDS = {"RS256": "RSA", "ES256": "EC"}
SMALLEST_RSA = 2048
BAD = "The signature of the answer is not the issuer's."


def key_id(token: str) -> str | None:
    """Which key a token says that it was signed with. Raises Wrong for one that is signed otherwise than we take."""
    header = _header(token)
    found = header.get("kid")
    return found if isinstance(found, str) else None


def _header(token: str) -> dict[str, Any]:
    if len(token) > LONGEST:
        raise Wrong("The issuer's token is too long.")
    try:
        header: dict[str, Any] = extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        raise Wrong("The issuer's token cannot be read.") from None
    if header.get("alg") not in ALGORITHMS or "crit" in header:
        raise Wrong("The token is not signed in a way that we take: RS256 or ES256.")
    return header


def checked(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    """The claims of a token, if one of these keys of its issuer signed it. keys: a JWK set. Raises Wrong."""
    header = _header(token)
    kind = KINDS[str(header["alg"])]
    listed = keys.get("keys")
    fitting = [
        one
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
        and one.get("kty") == kind
        and one.get("use", "sig") == "sig"
        and one.get("alg", header["alg"]) == header["alg"]
        and header.get("kid") in (None, one.get("kid"))
    ]
    if len(fitting) != 1:
        raise Wrong(BAD)
    try:
        key = jwk.import_key(fitting[0])
        if isinstance(key, jwk.RSAKey) and key.public_key.key_size < SMALLEST_RSA:
            raise Wrong("The issuer's key is too short.")
        return dict(jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims)
    except (JoseError, ValueError, TypeError):
        raise Wrong(BAD) from None


# -- what we sign ourselves


def new_key() -> str:
    """A key to sign with, as text; it takes a moment of the processor."""
    made = jwk.RSAKey.generate_key(SMALLEST_RSA, {"use": "sig", "alg": ALGORITHMS[0]}, auto_kid=True)
    return json.dumps(made.as_dict(private=True))


def shown_key(key: str) -> dict[str, Any]:
    """What others may know of such a key: with it they see that we signed."""
    return dict(jwk.RSAKey.import_key(json.loads(key)).as_dict(private=False))


def signed(claims: Mapping[str, Any], key: str) -> str:
    """A token that says these things, signed with a key of new_key."""
    ours = jwk.RSAKey.import_key(json.loads(key))
    header = {"alg": ALGORITHMS[0], "typ": "JWT", "kid": ours.kid}
    return jwt.encode(header, dict(claims), ours, algorithms=[ALGORITHMS[0]])
