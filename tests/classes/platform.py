"""A platform for courses on the loopback: honest, until a test tells it how to lie."""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from engage.classes.lti_models import LtiPlatform
from tests.loopback import Site
from tests.school import Browser

CLIENT = "10000000000002"
DEPLOYMENT = "7:d3a2504bba5184799a38f141e8df2335cfa8206d"
OURS = "https://engage.test"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
LINE = "/api/lti/courses/3/line_items/1"
# as Canvas sent them, with what changes from one to the next left out
USUAL = {
    f"{LTI}message_type": "LtiResourceLinkRequest",
    f"{LTI}version": "1.3.0",
    f"{LTI}resource_link": {"id": "8aa641d1", "description": "<p>Words</p>", "title": "Sea stories"},
    f"{LTI}deployment_id": DEPLOYMENT,
    "azp": CLIENT,
    "picture": "https://canvas.example/images/thumbnails/3",
    f"{LTI}lis": {"person_sourcedid": "835203884", "course_offering_sourcedid": "$CourseSection.sourcedId"},
    f"{LTI}context": {"id": "d3a2504b", "label": "LTI13", "title": "LTI 1.3 Test Course"},
    f"{LTI}custom": {"custom1": "value1"},
    "locale": "en",
    "https://www.instructure.com/placement": None,
}
STUDENT = {
    "sub": "848b3a11-c7b6-4c05-9fb3-782a0c34ee43",
    "name": "StudentFirst StudentLast",
    "email": "canvasstudent@russfeld.me",
    f"{LTI}roles": [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student",
        "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
    ],
}
TEACHER = {
    "sub": "e77934e7-4e98-4055-b4b4-3a8431e4f22a",
    "name": "TeacherFirst TeacherLast",
    "email": "tom@school.example",
    f"{LTI}lis": {"person_sourcedid": "7858675309"},
    f"{LTI}roles": [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
    ],
}


@dataclass
class Platform(Site):
    """scores: what was said of results, with the headers; answers: the statuses that it answers to those with, the last
    one for ever. token: the status with which it gives access tokens.
    """

    scores: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [200])
    token: int = 200

    def begins(self, target: str = f"{OURS}/lti/launch") -> dict[str, str]:
        """What it sends to begin a launch."""
        return {
            "iss": self.base,
            "login_hint": "535fa085",
            "client_id": CLIENT,
            "lti_deployment_id": DEPLOYMENT,
            "target_link_uri": target,
            "lti_message_hint": "a.signed.hint",
            "canvas_environment": "prod",
        }

    def message(self, address: str, target: str) -> dict[str, str]:
        """The form that it makes a browser send for an address that the service sent somebody to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        now = int(time.time())
        line = {"lineitem": f"{self.base}{LINE}?type=1", "lineitems": "http://canvas.example/line_items"}
        scopes = [f"https://purl.imsglobal.org/spec/lti-ags/scope/{name}" for name in ("lineitem", "score")]
        usual = {
            **USUAL,
            **STUDENT,
            "iss": self.base,
            "aud": CLIENT,
            "exp": now + 3600,
            "iat": now,
            "nonce": asked["nonce"],
            f"{LTI}target_link_uri": target,
            AGS: {**line, "scope": scopes},
        }
        return {"state": asked["state"], "id_token": self.token_of(usual)}

    def answer(self, path: str, headers: dict[str, str], body: str) -> tuple[int, dict[str, Any]]:
        where = path.partition("?")[0]
        if where == "/token":
            self.forms.append({name: values[0] for name, values in parse_qs(body).items()})
            return self.token, {"access_token": "a token", "token_type": "Bearer", "expires_in": 3600}
        if where.endswith("/scores"):
            self.scores.append({"path": path, **headers, **json.loads(body)})
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0], {}
        return super().answer(where, headers, body)


async def agreed(school: Any, platform: Platform, **more: Any) -> LtiPlatform:
    """A row for it at a school, open."""
    base = platform.base
    where = {"issuer": base, "authorize": f"{base}/auth?of=3", "token": f"{base}/token", "keys": f"{base}/keys"}
    row = {"name": "Canvas", "client_id": CLIENT, "deployments": f"5:x {DEPLOYMENT}", "site": base, "on": True}
    return await LtiPlatform.create(school_id=school.id, **(where | row | more))


async def begin(browser: Browser, platform: Platform, target: str = f"{OURS}/lti/launch") -> str:
    """To the platform; the address that the browser is sent to."""
    gone = await browser.client.post("/lti/login", data=platform.begins(target), headers=CROSS)
    assert gone.status_code == 303, gone.text
    return str(gone.headers["location"])


CROSS = {"Sec-Fetch-Site": "cross-site", "Origin": "https://canvas.example"}


async def launch(browser: Browser, platform: Platform, target: str = f"{OURS}/lti/launch", **headers: str) -> Any:
    """There and back; the answer to the message."""
    return await come(browser, platform.message(await begin(browser, platform, target), target), **headers)


async def come(browser: Browser, message: dict[str, str], **headers: str) -> Any:
    return await browser.client.post("/lti/launch", data=message, headers={**CROSS, **headers})
