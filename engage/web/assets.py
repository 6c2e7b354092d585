"""Static files: read once, compressed once, kept by browsers for ever under a name that changes with them."""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import monotonic

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
PACKED = frozenset({".css", ".js", ".svg", ".json", ".webmanifest", ".txt"})
LOOK_SECONDS = 0.5
FOR_EVER = "public, max-age=31536000, immutable"
VERSION_LENGTH = 10
# what every page brings along, in one file each; the sources stay apart
JOINED = {
    "site.css": ("tokens.css", "engage.css", "paper.css"),
    "site.js": ("engage.js", "search.js", "outbox.js", "waiting.js", "announcements.js"),
}


@dataclass(frozen=True)
class Asset:
    """One static file. packed: gzip, where that makes it smaller."""

    body: bytes
    packed: bytes | None
    media_type: str
    etag: str


class Assets:
    """All static files of a folder, under one version: the hash of them all, so that CSS may name its neighbours.

    joined: files that are made of others in a row, by name.
    """

    def __init__(self, folder: Path, watch: bool = False, joined: Mapping[str, Sequence[str]] = JOINED) -> None:
        self.folder = folder
        self.watch = watch
        self.joined = joined
        self.newest = 0.0
        self.looked_at = 0.0
        self.files: dict[str, Asset] = {}
        self.version = ""
        self.load()

    def load(self) -> None:
        """Read every file of a known type, and join what goes out joined."""
        paths = sorted(p for p in self.folder.rglob("*") if p.is_file() and p.suffix in TYPES)
        self.newest = max((p.stat().st_mtime for p in paths), default=0.0)
        self.files = {p.relative_to(self.folder).as_posix(): _read(p, p.stat().st_mtime_ns) for p in paths}
        for name, sources in self.joined.items():
            self.files[name] = _asset(b"\n".join([self.files[each].body for each in sources]), Path(name).suffix)
        together = "".join(f"{name} {asset.etag}\n" for name, asset in self.files.items())
        self.version = hashlib.sha256(together.encode()).hexdigest()[:VERSION_LENGTH]

    def refresh(self) -> None:
        """While developing: read again when a file has changed. A page names a hundred, so they are looked at once."""
        if not self.watch or monotonic() - self.looked_at < LOOK_SECONDS:
            return
        self.looked_at = monotonic()
        if any(p.stat().st_mtime > self.newest for p in self.folder.rglob("*") if p.is_file()):
            self.load()

    def path(self, name: str) -> str:
        """The address of a file. Raises KeyError for one that is not there."""
        self.refresh()
        if name not in self.files:
            raise KeyError(f"no static file {name}")
        return f"/static/{self.version}/{name}"

    def text(self, name: str) -> str:
        """What a text file holds, to be set into a page."""
        return self.files[name].body.decode()


@lru_cache(maxsize=500)
def _read(path: Path, changed: int) -> Asset:
    """A file, read and packed once for each time it was changed."""
    return _asset(path.read_bytes(), path.suffix)


@lru_cache(maxsize=500)
def _asset(body: bytes, suffix: str) -> Asset:
    packed = gzip.compress(body, 9, mtime=0) if suffix in PACKED else None
    if packed is not None and len(packed) >= len(body):
        packed = None
    return Asset(body, packed, TYPES[suffix], f'"{hashlib.sha256(body).hexdigest()[:16]}"')


@lru_cache(maxsize=500)
def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding allows gzip."""
    for part in accepted.lower().split(","):
        coding, _, weight = part.strip().partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def show(request: Request) -> Response:
    """One static file, at /static/{path}; for ever under its version, else to be asked for again each time."""
    assets: Assets = request.app.assets
    name: str = request.path_params["path"]
    version, _, rest = name.partition("/")
    lasting = version == assets.version and rest in assets.files
    asset = assets.files.get(rest if lasting or _is_version(version) else name)
    if asset is None:
        raise NotFound(name)
    request.scope["engage.same_for_all"] = True
    headers = {"ETag": asset.etag, "Cache-Control": FOR_EVER if lasting else "no-cache"}
    body = asset.body
    if asset.packed is not None:
        headers["Vary"] = "Accept-Encoding"
        if takes_gzip(request.headers.get("accept-encoding", "")):
            body = asset.packed
            headers["Content-Encoding"] = "gzip"
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, asset.media_type)


def _is_version(text: str) -> bool:
    return len(text) == VERSION_LENGTH and all(letter in "0123456789abcdef" for letter in text)
