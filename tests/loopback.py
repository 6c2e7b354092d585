"""Sites on the loopback that vouch for people by tokens, and their keys; the honest ones do what they should."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from joserfc import jwk, jwt


@cache
def key(name: str) -> Any:
    """A key pair that is made once in a run: one of RSA, unless its name begins with "ec"."""
    if name.startswith("ec"):
        return jwk.ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"})
    return jwk.RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


def honest(claims: dict[str, Any], name: str = "first") -> str:
    """The token of claims, signed with the key of that name."""
    algorithm = "ES256" if name.startswith("ec") else "RS256"
    return jwt.encode({"alg": algorithm, "kid": name}, claims, key(name), algorithms=[algorithm])


@dataclass
class Site:
    """claims: over the usual ones, None takes one away. sign: what makes the token of claims, instead of honest.

    shown: the names of its keys; signs: the one that it signs with. asked: the paths that were asked, in order; forms:
    what came for tokens.
    """

    port: int = 0
    claims: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] | None = None
    shown: list[str] = field(default_factory=lambda: ["first"])
    signs: str = "first"
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pairs(self) -> frozenset[tuple[str, int]]:
        return frozenset({("127.0.0.1", self.port)})

    def token_of(self, usual: dict[str, Any]) -> str:
        """The token that it gives where these claims are the usual ones."""
        gone = {name for name, value in self.claims.items() if value is None}
        claims = {name: value for name, value in (usual | self.claims).items() if name not in gone}
        return self.sign(claims) if self.sign else honest(claims, self.signs)

    def answer(self, path: str, headers: dict[str, str], body: str) -> tuple[int, dict[str, Any]]:
        """Status and body of its answer."""
        if path == "/keys":
            return 200, {"keys": [key(name).as_dict(private=False) for name in self.shown]}
        return 404, {}


Kind = TypeVar("Kind", bound=Site)


@asynccontextmanager
async def listening(site: Kind) -> AsyncIterator[Kind]:
    """The site, for as long as the block lasts."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *rest = head.split("\r\n")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in rest if line)}
        body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
        path = first.split(" ")[1]
        site.asked.append(path)
        status, given = site.answer(path, headers, body)
        sent = json.dumps(given).encode()
        line = f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
        writer.write(line.encode() + sent)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site
