"""An issuer of accounts on the loopback: honest, until a test tells it how to lie."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from engage.people import sealing
from engage.people.oidc_attempts import kind_of_secret
from engage.people.oidc_models import OidcProvider
from tests.loopback import Site
from tests.school import Browser, words_of

CLIENT, SECRET = "engage", "a secret of the tests / only"
KEY = "a key that only the tests know, and nobody else"


@dataclass
class Issuer(Site):
    """told: over what it usually tells of itself. codes: what was asked for with each that is still to come back."""

    told: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def allow(self, address: str) -> str:
        """What it sends back for an address that the service sent somebody to: the query of the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code{len(self.codes)}"
        self.codes[code] = asked
        return f"code={code}&state={asked['state']}"

    def answer(self, path: str, headers: dict[str, str], body: str) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.base,
                "authorization_endpoint": f"{self.base}/auth?tenant=one",
                "token_endpoint": f"{self.base}/token",
                "jwks_uri": f"{self.base}/keys",
            } | self.told
        if path == "/token":
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.forms.append(form | {"authorization": headers.get("authorization", "")})
            asked = self.codes.pop(form.get("code", ""), None)
            if asked is None:
                return 400, {"error": "invalid_grant"}
            return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.token(asked)}
        return super().answer(path, headers, body)

    def token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        usual = {
            "iss": self.base,
            "aud": CLIENT,
            "sub": "account 1",
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "email": "tom@school.example",
            "email_verified": True,
        }
        return self.token_of(usual)


async def agreed(school: Any, issuer: Issuer, **more: Any) -> OidcProvider:
    """A row for it at a school, offered."""
    row = OidcProvider(school_id=school.id, name="Hill ID", issuer=issuer.base, client_id=CLIENT, on=True, **more)
    row.secret = sealing.sealed(KEY, kind_of_secret(row.key), SECRET.encode())
    await row.save()
    return row


async def go(browser: Browser, provider: OidcProvider, query: str = "") -> str:
    """To the issuer; the address that the browser is sent to."""
    gone = await browser.client.get(f"/sign-in/oidc/{provider.key}{query}")
    assert gone.status_code == 303, words_of(gone)
    return str(gone.headers["location"])


async def come_back(browser: Browser, provider: OidcProvider, query: str) -> Any:
    return await browser.client.get(f"/sign-in/oidc/{provider.key}/back?{query}")


async def sign_in(browser: Browser, provider: OidcProvider, issuer: Issuer, query: str = "") -> Any:
    """There and back; the answer to what it brought."""
    return await come_back(browser, provider, issuer.allow(await go(browser, provider, query)))
