"""Pages that are kept are kept for one test; and a way to look at the lists of others."""

import pytest

from engage.lists.exchange_looking import Outlook
from engage.outside.cage import Cage
from engage.outside.fetch import Door
from engage.web.cache import pages
from tests.faults.hostile import Hostile
from tests.lists.exchanging import BASE


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    pages.clear()


@pytest.fixture
def outlook(server: Hostile, cage: Cage) -> Outlook:
    """A way to look that may visit the site of the test, and nothing else inside."""
    return Outlook(Door(allowed=server.pairs), cage, BASE)
