"""What leaves the server and comes back, or lies in the database, and may be neither read nor made by others.

All of it hangs on the operator's secret key, from which each use derives a key of its own. What is handed out is signed
and can be read; what is sealed is ChaCha20-Poly1305 (RFC 8439).
"""

import base64
import hmac
import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

NONCE = 12
SIGNED = 32
OURS = re.compile(r"[A-Za-z0-9_-]*")


def keyed(secret_key: str, kind: str, text: str) -> str:
    """A hash that nobody can make without the key. kind: what it is for, so that no two uses share one."""
    return hmac.new(secret_key.encode(), f"{kind}/{text}".encode(), "sha256").hexdigest()


def handed_out(secret_key: str, kind: str, what: dict[str, Any], until: datetime) -> str:
    """Something that a form carries from one step of signing in to the next, until a moment."""
    body = json.dumps([what, int(until.timestamp())], separators=(",", ":")).encode()
    return _text(_mac(secret_key, f"handed out/{kind}", body) + body)


def handed_back(secret_key: str, kind: str, text: str, now: datetime) -> dict[str, Any] | None:
    """The same, if it is ours and its time is not over."""
    raw = _bytes(text)
    mac, body = raw[:SIGNED], raw[SIGNED:]
    if not hmac.compare_digest(mac, _mac(secret_key, f"handed out/{kind}", body)):
        return None
    what, until = json.loads(body)
    return dict(what) if now < datetime.fromtimestamp(until, UTC) else None


def sealed(secret_key: str, kind: str, secret: bytes) -> str:
    """A short secret as it lies in the database. kind: what and whose it is; it opens under no other."""
    nonce = secrets.token_bytes(NONCE)
    return _text(nonce + _cipher(secret_key, kind).encrypt(nonce, secret, None))


def opened(secret_key: str, kind: str, text: str) -> bytes | None:
    """The secret again; None where it was sealed under another key or for something else."""
    raw = _bytes(text)
    if len(raw) <= NONCE:
        return None
    try:
        return _cipher(secret_key, kind).decrypt(raw[:NONCE], raw[NONCE:], None)
    except InvalidTag:
        return None


def _cipher(secret_key: str, kind: str) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(_key(secret_key, f"sealed/{kind}"))


def _mac(secret_key: str, kind: str, body: bytes) -> bytes:
    return hmac.digest(_key(secret_key, kind), body, "sha256")


def _key(secret_key: str, kind: str) -> bytes:
    return hmac.digest(secret_key.encode(), kind.encode(), "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """Raw bytes of such a text; none for a text that is not ours."""
    if not OURS.fullmatch(text) or len(text) % 4 == 1:
        return b""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
