"""What the operator decides, read once at the door and handed down as values."""

import ipaddress
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


class SettingsProblem(Exception):
    """A setting that the service cannot start with, in one sentence."""


@dataclass(frozen=True)
class Settings:
    """Every setting of the service.

    database_url: sqlite:///path or postgres://user@host/name; on a socket postgres://user@/name?host=/folder.
    secret_key: keys the hashes of tokens, cards and addresses; changing it ends all sessions.
    base_url: the one address the service is reached at; links are built from it, other hosts are refused.
    data_folder: covers, uploads and backups.
    allowed_outside: exact (host address, port) pairs that the fetcher may reach although they are not public.
    proxies: how many proxies stand in front, whose client addresses are believed.
    contact: the address in our User-Agent, for those whose feeds we visit.
    covers_from: where Open Library's covers are asked for by ISBN; "" for nowhere.
    smtp_host: through which server mail goes to staff; "" for no mail. smtp_security: starttls, tls or none.
    roster_folder: where rosters are laid, in a folder for each school; None for nowhere.
    backup_for: the public half of the key that opens backups, as age writes it; "" for no backups.
    metrics_port: of this machine alone, where a monitor reads figures of the service (SAFETY.md, X2); 0 for none.
    """

    database_url: str
    secret_key: str = field(repr=False)
    base_url: str = "http://127.0.0.1:8000"
    data_folder: Path = Path("engage-data")
    allowed_outside: frozenset[tuple[str, int]] = frozenset()
    proxies: int = 0
    contact: str = ""
    jobs_inside: bool = True
    covers_from: str = ""
    roster_folder: Path | None = None
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_from: str = ""
    smtp_security: str = "starttls"
    backup_for: str = ""
    metrics_port: int = 0

    @property
    def secure(self) -> bool:
        """Whether readers reach us by https."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The host and port that requests must name."""
        return urlsplit(self.base_url).netloc

    def check(self) -> None:
        """Refuse to start where cookies would travel in the clear. Raises SettingsProblem.

        Source: SAFETY.md, S2.
        """
        if not self.secure and not _is_here(urlsplit(self.base_url).hostname or ""):
            raise SettingsProblem("ENGAGE_BASE_URL must begin with https:// unless it is this very machine.")
        if not self.database_url.startswith(DATABASES):
            raise SettingsProblem("ENGAGE_DATABASE_URL must begin with sqlite:// or postgres://.")
        if len(self.secret_key) < 32:
            raise SettingsProblem("ENGAGE_SECRET_KEY must have at least 32 characters.")
        if self.smtp_security not in SMTP_SECURITY:
            raise SettingsProblem("ENGAGE_SMTP_SECURITY must be starttls, tls or none.")
        if self.smtp_host and "@" not in self.smtp_from:
            raise SettingsProblem("ENGAGE_SMTP_FROM must be the address that mail comes from.")
        if self.smtp_password and self.smtp_security == "none":
            raise SettingsProblem("ENGAGE_SMTP_SECURITY must not be none where a password is sent.")
        if not 0 <= self.metrics_port < 65_536:
            raise SettingsProblem("ENGAGE_METRICS_PORT must be the number of a port, or 0 for none.")

    def check_bound(self, host: str) -> None:
        """Refuse to answer other machines in the clear. host: where the server listens. Raises SettingsProblem.

        Source: SAFETY.md, S2.
        """
        if not self.secure and not _is_here(host):
            raise SettingsProblem(
                f"Without https only this machine may ask: --host {host} needs an ENGAGE_BASE_URL that begins with "
                "https://."
            )


def _is_here(host: str) -> bool:
    """Whether a host is this very machine, seen from itself alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


PORT = 8000
DATABASES = ("sqlite://", "postgres://", "postgresql://", "asyncpg://")
SECRET_KEY_FILE = "secret-key"  # in the data folder, where the operator gives none
SMTP_SECURITY = ("starttls", "tls", "none")
OPEN_LIBRARY = "https://covers.openlibrary.org"

# name in the environment -> (what it means, what stands if it is not given); `engage doctor` prints this table
NAMES: dict[str, tuple[str, str]] = {
    "ENGAGE_DATABASE_URL": ("where the database is", "sqlite:///engage.sqlite3"),
    "ENGAGE_SECRET_KEY": (
        "keys the hashes of tokens; 32 characters or more",
        "made once, kept beside the database",
    ),
    "ENGAGE_BASE_URL": ("the address readers use", "http://127.0.0.1:8000"),
    "ENGAGE_DATA_FOLDER": ("covers, uploads, backups", "engage-data"),
    "ENGAGE_ALLOWED_OUTSIDE": ("host:port pairs the fetcher may reach although private, with commas", ""),
    "ENGAGE_PROXIES": ("how many proxies stand in front", "0"),
    "ENGAGE_CONTACT": ("an address for those whose feeds we visit", ""),
    "ENGAGE_JOBS_INSIDE": ("whether serve also does the background jobs; 1 or 0", "1"),
    "ENGAGE_ROSTER_FOLDER": (
        "where rosters are laid every night, in a folder named after each school; may be empty",
        "",
    ),
    "ENGAGE_SMTP_HOST": ("the server through which newsletters go to staff; empty for no mail", ""),
    "ENGAGE_SMTP_PORT": ("its port", "587"),
    "ENGAGE_SMTP_USER": ("the name to sign in there; may be empty", ""),
    "ENGAGE_SMTP_PASSWORD": ("the password to sign in there", ""),
    "ENGAGE_SMTP_FROM": ("the address that mail comes from", ""),
    "ENGAGE_SMTP_SECURITY": ("starttls, tls or none", "starttls"),
    "ENGAGE_BACKUP_FOR": ("who can read backups: what `engage backup-key` says first; empty for no backups", ""),
    "ENGAGE_METRICS_PORT": ("a port of this machine where its monitor reads figures and alarms; 0 for none", "0"),
    "ENGAGE_COVERS_FROM": ("where pictures of books are asked for by ISBN; empty for nowhere", OPEN_LIBRARY),
}


def read_settings(environ: Mapping[str, str] | None = None, folder: Path | None = None, port: int = PORT) -> Settings:
    """Settings from the environment, else from engage.toml or .env in the folder, else what stands by default.

    Raises SettingsProblem with a sentence that names the setting.
    """
    here = folder or Path.cwd()
    given = _given(environ, here)
    data_folder = here / given.get("ENGAGE_DATA_FOLDER", "engage-data")
    try:
        settings = Settings(
            database_url=given.get("ENGAGE_DATABASE_URL", f"sqlite://{here / 'engage.sqlite3'}"),
            secret_key=given.get("ENGAGE_SECRET_KEY") or _kept_key(data_folder),
            base_url=given.get("ENGAGE_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            data_folder=data_folder,
            allowed_outside=_pairs(given),
            proxies=_number(given, "ENGAGE_PROXIES"),
            contact=given.get("ENGAGE_CONTACT", ""),
            jobs_inside=given.get("ENGAGE_JOBS_INSIDE", "1") != "0",
            covers_from=given.get("ENGAGE_COVERS_FROM", OPEN_LIBRARY).strip().rstrip("/"),
            smtp_host=given.get("ENGAGE_SMTP_HOST", "").strip(),
            smtp_port=_number(given, "ENGAGE_SMTP_PORT"),
            smtp_user=given.get("ENGAGE_SMTP_USER", ""),
            smtp_password=given.get("ENGAGE_SMTP_PASSWORD", ""),
            smtp_from=given.get("ENGAGE_SMTP_FROM", "").strip(),
            smtp_security=given.get("ENGAGE_SMTP_SECURITY", "starttls").strip().lower(),
            backup_for=given.get("ENGAGE_BACKUP_FOR", "").strip(),
            metrics_port=_number(given, "ENGAGE_METRICS_PORT"),
            roster_folder=here / given["ENGAGE_ROSTER_FOLDER"] if given.get("ENGAGE_ROSTER_FOLDER") else None,
        )
    except ValueError as exc:
        raise SettingsProblem(f"A setting cannot be read: {exc}.") from exc
    settings.check()
    return settings


def read_allowed_outside(
    environ: Mapping[str, str] | None = None, folder: Path | None = None
) -> frozenset[tuple[str, int]]:
    """Settings.allowed_outside alone, from where read_settings has it. Raises SettingsProblem."""
    try:
        return _pairs(_given(environ, folder or Path.cwd()))
    except ValueError as exc:
        raise SettingsProblem(f"A setting cannot be read: {exc}.") from exc


def _given(environ: Mapping[str, str] | None, here: Path) -> dict[str, str]:
    named = os.environ if environ is None else environ
    return {**_toml(here / "engage.toml"), **_dotenv(here / ".env"), **named}


def _number(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "").strip() or NAMES[name][1]
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{name} wants a number, not {text!r}")
    return int(text)


def _pairs(given: Mapping[str, str]) -> frozenset[tuple[str, int]]:
    texts = given.get("ENGAGE_ALLOWED_OUTSIDE", "").split(",")
    return frozenset(_pair(text) for text in texts if text.strip())


def _pair(text: str) -> tuple[str, int]:
    host, _, port = text.strip().rpartition(":")
    if not host or not port.isascii() or not port.isdigit():
        raise ValueError(f"ENGAGE_ALLOWED_OUTSIDE wants host:port, not {text!r}")
    return host.strip("[]"), int(port)


def _kept_key(folder: Path) -> str:
    kept = folder / SECRET_KEY_FILE
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text().strip()


def _toml(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return {f"ENGAGE_{name.upper()}": str(value) for name, value in tomllib.loads(path.read_text()).items()}


def _dotenv(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
