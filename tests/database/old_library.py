"""Rows as they were written by an Engage of some steps ago, for tests of what comes along."""

from typing import Any

from tortoise.connection import get_connection

NOW = "2026-09-01 08:00:00+00:00"


async def insert(table: str, **values: Any) -> int:
    """A row as it was written then: by its columns, since the models of today have more."""
    columns = ", ".join(f'"{name}"' for name in values)
    shown = ", ".join(str(each) if isinstance(each, (bool, int)) else f"'{each}'" for each in values.values())
    client = get_connection("default")
    rows = await client.execute_query_dict(f'INSERT INTO "{table}" ({columns}) VALUES ({shown}) RETURNING "id"')
    number: int = rows[0]["id"]
    return number


async def a_school(slug: str, district: int) -> int:
    more = {"zone": "UTC", "language": "en", "hours": "", "location": "", "year_starts_in": 8}
    fewest = {"fewest": 5, "fewest_shared": 10}
    return await insert(
        "school", key=slug.ljust(13, "0"), slug=slug, name=slug, made_at=NOW, district_id=district, **more, **fewest
    )


async def a_person(school: int, key: str, name: str = "Ann") -> int:
    plain = dict.fromkeys(("letter", "avatar", "email", "password_hash", "picture_hash"), "")
    row = {"district_id": 1, "school_id": school, "name": name, "status": "active", "made_at": NOW}
    return await insert("person", key=key.ljust(13, "0"), **row, **plain)
