"""Launches: one is begun here, goes to the platform, and comes back with a message, once.

What is known of an attempt goes along sealed as its state, so that beginning one writes nothing down; a cookie says
that it is the browser that began it. In a frame browsers keep no cookies of ours: there nobody is signed in.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from engage.classes.lti_models import LtiPlatform
from engage.people import sealing
from engage.people.arriving import first_time

WITHIN = timedelta(minutes=10)
KIND = "launch"
# what a platform sends along to have it back; Canvas sends a signed text of some hundred characters
LONGEST = {"login_hint": 1_000, "lti_message_hint": 2_000, "target_link_uri": 2_000, "lti_deployment_id": 255}


@dataclass(frozen=True)
class Attempt:
    """What we know of an attempt. tie: what stands in the cookie of the browser that began it. until: seconds of 1970.

    asked: what the platform had sent, by which the same can be begun again.
    """

    platform: str
    nonce: str
    tie: str
    asked: dict[str, str]
    until: int

    @property
    def cookie(self) -> str:
        """The name of its cookie; `__Host-` goes before it where readers come by https."""
        return f"lti-{self.tie[:8]}"

    def is_of(self, cookie: str) -> bool:
        """Whether that is what stood in the cookie."""
        return hmac.compare_digest(cookie.encode(), self.tie.encode())


def asked_in(sent: Mapping[str, Any]) -> dict[str, str] | None:
    """What a platform sends to begin a launch; None where something is missing or too long."""
    asked = {name: sent.get(name, "") for name in ("iss", "client_id", *LONGEST)}
    for name, text in asked.items():
        if not isinstance(text, str) or len(text) > LONGEST.get(name, 500) or not text.isprintable():
            return None
    wanted = ("iss", "login_hint", "target_link_uri")
    return {name: text for name, text in asked.items() if text} if all(asked[name] for name in wanted) else None


def begin(
    platform: LtiPlatform, asked: dict[str, str], secret_key: str, back: str, now: datetime
) -> tuple[Attempt, str]:
    """An attempt, and the address at the platform that it goes to. back: the address that messages come to."""
    attempt = Attempt(
        platform=platform.key,
        nonce=secrets.token_urlsafe(24),
        tie=secrets.token_urlsafe(24),
        asked=asked,
        until=int((now + WITHIN).timestamp()),
    )
    told = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": back,
        "login_hint": asked["login_hint"],
        "state": sealing.sealed(secret_key, KIND, json.dumps(asdict(attempt)).encode()),
        "nonce": attempt.nonce,
    }
    if "lti_message_hint" in asked:
        told["lti_message_hint"] = asked["lti_message_hint"]
    return attempt, f"{platform.authorize}{'&' if '?' in platform.authorize else '?'}{urlencode(told)}"


def opened(state: str, secret_key: str, now: datetime) -> Attempt | None:
    """The attempt of a state, if it is ours and its time is not over."""
    raw = sealing.opened(secret_key, KIND, state)
    if not raw:
        return None
    attempt = Attempt(**json.loads(raw))
    return attempt if now < datetime.fromtimestamp(attempt.until, UTC) else None


async def use(attempt: Attempt, secret_key: str, now: datetime) -> bool:
    """Whether an attempt comes back for the first time; from here on it has come back."""
    return await first_time(sealing.keyed(secret_key, KIND, attempt.nonce), now)
