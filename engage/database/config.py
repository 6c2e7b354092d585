"""How the tables are reached: which engine, which settings of it, which models."""

from typing import Any

from tortoise.backends.base.config_generator import expand_db_url

LOCK_SECONDS = 5
POOL_SIZE = 10

# read back at every start; source: SAFETY.md, D2 (and P4 for secure_delete)
SQLITE_SETTINGS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "busy_timeout": LOCK_SECONDS * 1000,
    "secure_delete": "ON",
}


def is_sqlite(url: str) -> bool:
    """Whether the address names a file of ours, not a server."""
    return url.startswith("sqlite:")


def tortoise_config(url: str, *, migrating: bool = False) -> dict[str, Any]:
    """What Tortoise wants to know. Connection "reports" only reads, so that long questions stop nobody.

    migrating: foreign keys are off while tables are rebuilt, and there is no second connection.
    """
    connection = expand_db_url(url)
    lite = is_sqlite(url)
    connection["engine"] = "engage.database.sqlite" if lite else "engage.database.asyncpg_engine"
    credentials = connection["credentials"]
    if lite:
        credentials |= SQLITE_SETTINGS | ({"foreign_keys": "OFF"} if migrating else {})
    else:
        credentials.setdefault("maxsize", POOL_SIZE)
    connections = {"default": connection}
    if not migrating:
        connections["reports"] = {**connection, "credentials": credentials | ({"query_only": "ON"} if lite else {})}
    return {
        "connections": connections,
        "use_tz": True,
        "timezone": "UTC",
        "apps": {
            "engage": {
                "models": ["engage.models"],
                "migrations": "engage.migrations",
                "default_connection": "default",
            }
        },
    }


# for `tortoise -c engage.database.config.TORTOISE_ORM makemigrations`, which opens no database
TORTOISE_ORM = tortoise_config("sqlite://never-opened.sqlite3", migrating=True)
