"""What leaves the server and comes back, or lies in the database, and may be neither read nor made by others.

All of it hangs on the operator's secret key. No library for ciphers is among ours, and what is sealed here is a few
bytes: HMAC-SHA-256 makes the key stream, and signs what was sealed (encrypt, then sign).
"""

import base64
import hmac
import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any

NONCE = 16
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
    body = nonce + _covered(secret_key, kind, nonce, secret)
    return _text(_mac(secret_key, f"sealed/{kind}", body) + body)


def opened(secret_key: str, kind: str, text: str) -> bytes | None:
    """The secret again; None where it was sealed under another key or for something else."""
    raw = _bytes(text)
    mac, body = raw[:SIGNED], raw[SIGNED:]
    if not hmac.compare_digest(mac, _mac(secret_key, f"sealed/{kind}", body)):
        return None
    return _covered(secret_key, kind, body[:NONCE], body[NONCE:])


def _covered(secret_key: str, kind: str, nonce: bytes, secret: bytes) -> bytes:
    blocks = range((len(secret) + SIGNED - 1) // SIGNED)
    stream = b"".join(_mac(secret_key, f"stream/{kind}", nonce + block.to_bytes(4)) for block in blocks)
    return bytes(one ^ other for one, other in zip(secret, stream, strict=False))


def _mac(secret_key: str, kind: str, body: bytes) -> bytes:
    key = hmac.digest(secret_key.encode(), kind.encode(), "sha256")
    return hmac.digest(key, body, "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """Raw bytes of such a text; none for a text that is not ours."""
    if not OURS.fullmatch(text) or len(text) % 4 == 1:
        return b""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
