"""What several tests of the database start from."""

import pytest

from tests.conftest import Place, on_server


@pytest.fixture
async def empty_url(template: Place, tmp_path):
    """The address of a database without any table."""
    if template.kind == "sqlite":
        yield f"sqlite://{tmp_path / 'old.sqlite3'}"
        return
    await on_server(template, "CREATE DATABASE old_library")
    yield template.url("old_library")
    await on_server(template, "DROP DATABASE old_library WITH (FORCE)")
