"""A list that a teacher puts into a course: what is known while it is chosen, and the signed answer to the platform.

In a frame there is no session, so who chooses goes along sealed from page to page (LTI Deep Linking 2.0).
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engage.classes import lti_keys
from engage.classes.lti_models import LtiPlatform
from engage.classes.lti_rules import CLAIM, DEEP_CLAIM, LINK, VERSION, Choosing, Message
from engage.people import oidc_tokens, sealing

WITHIN = timedelta(minutes=30)
HOLDS = timedelta(minutes=5)
KIND = "choosing for a course"
LONGEST_TEXT = 300


@dataclass(frozen=True)
class Choice:
    """Who chooses for which platform, and where the choice goes. person: an id. until: seconds of 1970."""

    platform: str
    deployment: str
    person: int
    back: str
    data: str
    lines: bool
    until: int


def begun(message: Message, choosing: Choosing, platform: LtiPlatform, person: int, now: datetime) -> Choice:
    """A choice that begins with a checked message."""
    return Choice(
        platform=platform.key,
        deployment=message.deployment,
        person=person,
        back=choosing.back,
        data=choosing.data,
        lines=choosing.takes_lines,
        until=int((now + WITHIN).timestamp()),
    )


def sealed(choice: Choice, secret_key: str) -> str:
    """A choice as it goes along from page to page."""
    return sealing.sealed(secret_key, KIND, json.dumps(asdict(choice)).encode())


def opened(text: str, secret_key: str, now: datetime) -> Choice | None:
    """The choice again, if it is ours and its time is not over."""
    raw = sealing.opened(secret_key, KIND, text)
    choice = Choice(**json.loads(raw)) if raw else None
    return choice if choice and now < datetime.fromtimestamp(choice.until, UTC) else None


async def answer(
    choice: Choice,
    platform: LtiPlatform,
    curated: Mapping[str, Any],
    url: str,
    secret_key: str,
    now: datetime,
    *,
    tells: bool,
) -> str:
    """What the platform gets: a signed message with one link. url: of the list. tells: it wants to hear of results."""
    link: dict[str, Any] = {
        "type": LINK,
        "url": url,
        "title": curated["title"],
        "text": curated["introduction"][:LONGEST_TEXT],
        "custom": {"list_id": curated["key"]},
        # in a frame nobody would be signed in
        "window": {"targetName": "_blank"},
    }
    if tells and choice.lines and platform.scores:
        link["lineItem"] = {"scoreMaximum": 1, "label": curated["title"], "resourceId": curated["key"]}
    claims = {
        "iss": platform.client_id,
        "aud": platform.issuer,
        "iat": int(now.timestamp()),
        "exp": int((now + HOLDS).timestamp()),
        "nonce": secrets.token_urlsafe(16),
        f"{CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}version": VERSION,
        f"{CLAIM}deployment_id": choice.deployment,
        f"{DEEP_CLAIM}content_items": [link],
    }
    if choice.data:
        claims[f"{DEEP_CLAIM}data"] = choice.data
    return oidc_tokens.signed(claims, await lti_keys.private(secret_key, now))
