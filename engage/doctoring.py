"""What `engage doctor` looks at: whether settings, database and disk are as the service needs them."""

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from engage import dates
from engage.backups import OLDEST_DAYS, last_made
from engage.database.config import is_sqlite
from engage.database.opening import opened
from engage.database.operations import SchemaProblem
from engage.database.tenancy import every_school
from engage.errors import Busy
from engage.outside import mail
from engage.outside.typeset import NotSet, Press
from engage.people.models import Membership, School
from engage.people.rules import Role
from engage.settings import NAMES, Settings
from engage.web.render import template_folder

LEAST_FREE = 0.05


@dataclass(frozen=True)
class Check:
    """One look. remedy: what to do where it is not fine."""

    what: str
    fine: bool
    remedy: str = ""


async def look(settings: Settings, reserved: Collection[str] = ()) -> list[Check]:
    """All looks, in the order in which one would mend things. reserved: first parts of the service's own addresses."""
    paper = await _paper(template_folder() / "paper")
    letters = [await _mail(settings)] if settings.smtp_host else []
    looked = [_address(settings), _disk(settings), _backup(settings), paper, *letters]
    return [*looked, *await _database(settings, reserved)]


def _address(settings: Settings) -> Check:
    return Check(
        f"Readers reach the service at {settings.base_url}",
        settings.secure or settings.base_url.startswith("http://127."),
        "Set ENGAGE_BASE_URL to an https address; `engage proxy` writes the settings of the proxy that answers there.",
    )


def _disk(settings: Settings) -> Check:
    place = settings.data_folder if settings.data_folder.exists() else settings.data_folder.parent
    usage = shutil.disk_usage(place)
    share = usage.free / usage.total
    return Check(
        f"{share:.0%} of the disk with the data folder is free", share >= LEAST_FREE, "Make room before it is full."
    )


def _backup(settings: Settings) -> Check:
    made = last_made(settings.data_folder)
    days = (dates.now() - made).days if made else None
    return Check(
        "No backup was made yet" if days is None else f"The last backup was made {days} days ago",
        days is not None and days <= OLDEST_DAYS,
        "Make one every night: `engage backup FILE`."
        if settings.backup_for
        else "Make a key with `engage backup-key`, and then a backup every night with `engage backup FILE`.",
    )


async def _paper(folder: Path) -> Check:
    press = Press(folder)
    try:
        await press.pdf("proof", {"title": "Engage", "lang": "en"}, dates.now())
        fine = True
    except (Busy, NotSet):
        fine = False
    finally:
        press.close()
    return Check("Posters and cards can be set", fine, "Install Engage again: a part of it or of Typst is missing.")


async def _mail(settings: Settings) -> Check:
    problem = await mail.problem_with(mail.post_of(settings))
    return Check(
        f"{settings.smtp_host} takes mail" if not problem else f"{settings.smtp_host} does not take mail: {problem}",
        not problem,
        "Check the settings that begin with ENGAGE_SMTP_.",
    )


async def _database(settings: Settings, reserved: Collection[str]) -> list[Check]:
    kind = "SQLite" if is_sqlite(settings.database_url) else "PostgreSQL"
    try:
        async with opened(settings.database_url):
            with every_school("the operator looks at the whole service"):
                schools = await School.all().count()
                hidden = await School.filter(slug__in=list(reserved)).order_by("slug").values_list("slug", flat=True)
                specialists = await Membership.filter(role=Role.SPECIALIST).count()
    except SchemaProblem as problem:
        return [
            Check(f"The {kind} database cannot be used", False, f"{problem} `engage migrate` brings it up to date.")
        ]
    except (Busy, OSError):
        return [Check(f"The {kind} database does not answer", False, "Check ENGAGE_DATABASE_URL and that it runs.")]
    return [
        Check(f"The {kind} database answers and is of this version", True),
        Check(f"{schools} schools", schools > 0, "Make one with `engage create-school`."),
        _hidden([str(slug) for slug in hidden]),
        Check(
            f"{specialists} specialists",
            specialists > 0,
            "Add one with `engage create-person --role specialist` and `engage set-password`.",
        ),
    ]


def _hidden(slugs: Sequence[str]) -> Check:
    """slugs: of schools whose pages one of the service's own addresses hides; an older version may have let them in."""
    ours = "at an address of the service"
    which = f"{'A school stands' if len(slugs) == 1 else 'Schools stand'} {ours}: {', '.join(slugs)}"
    return Check(
        which if slugs else f"No school stands {ours}",
        not slugs,
        "Some of its pages cannot be reached. Give it another slug in the database.",
    )


def settings_shown(settings: Settings) -> list[tuple[str, str, str]]:
    """Every setting by name: its value, none for secrets, and what it means."""
    values = {
        "ENGAGE_DATABASE_URL": settings.database_url.split("@")[-1],
        "ENGAGE_SECRET_KEY": f"({len(settings.secret_key)} characters)",
        "ENGAGE_BASE_URL": settings.base_url,
        "ENGAGE_DATA_FOLDER": str(settings.data_folder),
        "ENGAGE_ALLOWED_OUTSIDE": ",".join(f"{host}:{port}" for host, port in sorted(settings.allowed_outside)),
        "ENGAGE_PROXIES": str(settings.proxies),
        "ENGAGE_CONTACT": settings.contact,
        "ENGAGE_SMTP_HOST": settings.smtp_host,
        "ENGAGE_SMTP_PORT": str(settings.smtp_port),
        "ENGAGE_SMTP_USER": settings.smtp_user,
        "ENGAGE_SMTP_PASSWORD": "(set)" if settings.smtp_password else "",
        "ENGAGE_SMTP_FROM": settings.smtp_from,
        "ENGAGE_SMTP_SECURITY": settings.smtp_security,
        "ENGAGE_BACKUP_FOR": settings.backup_for,
        "ENGAGE_METRICS_PORT": str(settings.metrics_port),
        "ENGAGE_COVERS_FROM": settings.covers_from,
        "ENGAGE_ROSTER_FOLDER": str(settings.roster_folder or ""),
        "ENGAGE_JOBS_INSIDE": "1" if settings.jobs_inside else "0",
    }
    return [(name, values[name], NAMES[name][0]) for name in NAMES]
