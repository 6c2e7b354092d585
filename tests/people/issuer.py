"""An issuer of accounts on the loopback: honest, until a test tells it how to lie."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwk, jwt

CLIENT, SECRET = "engage", "a secret of the tests / only"


@cache
def key(name: str) -> Any:
    """A key pair that is made once in a run: one of RSA, unless its name begins with "ec"."""
    if name.startswith("ec"):
        return jwk.ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"})
    return jwk.RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@dataclass
class Issuer:
    """claims: over the usual ones, None takes one away. sign: what makes the token of claims, instead of honest.

    shown: the names of its keys; signs: the one that it signs with. asked: the paths that were asked, in order; forms:
    what came for tokens.
    """

    port: int
    claims: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] | None = None
    shown: list[str] = field(default_factory=lambda: ["first"])
    signs: str = "first"
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pairs(self) -> frozenset[tuple[str, int]]:
        return frozenset({("127.0.0.1", self.port)})

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
        if path == "/keys":
            return 200, {"keys": [key(name).as_dict(private=False) for name in self.shown]}
        if path == "/token":
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.forms.append(form | {"authorization": headers.get("authorization", "")})
            asked = self.codes.pop(form.get("code", ""), None)
            if asked is None:
                return 400, {"error": "invalid_grant"}
            return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.token(asked)}
        return 404, {}

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
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        return self.sign(claims) if self.sign else honest(claims, self.signs)


def honest(claims: dict[str, Any], name: str = "first") -> str:
    algorithm = "ES256" if name.startswith("ec") else "RS256"
    return jwt.encode({"alg": algorithm, "kid": name}, claims, key(name), algorithms=[algorithm])


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    """The issuer, for as long as the block lasts."""
    issuer = Issuer(0)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *rest = head.split("\r\n")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in rest if line)}
        body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
        path = first.split(" ")[1]
        issuer.asked.append(path)
        status, given = issuer.answer(path, headers, body)
        sent = json.dumps(given).encode()
        line = f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
        writer.write(line.encode() + sent)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    issuer.port = server.sockets[0].getsockname()[1]
    async with server:
        yield issuer
