"""A platform for courses that Lincoln School has an agreement with."""

from dataclasses import replace

import pytest_asyncio

from engage.people import oidc_issuer
from engage.people.roster_asking import Hashing
from engage.people.roster_models import RosterId
from engage.people.roster_rules import What
from tests import make
from tests.classes.platform import Platform, agreed
from tests.loopback import listening


@pytest_asyncio.fixture
async def canvas(browser):
    oidc_issuer.forget()
    async with listening(Platform()) as platform:
        browser.app.settings = replace(browser.app.settings, allowed_outside=platform.pairs)
        yield platform


@pytest_asyncio.fixture
async def row(browser, school, canvas):
    """The agreement; a roster knows Sam and Tom by the same ids, and there is a list."""
    await make.curated_list(school.ada, "Sea stories", 2, published=True)
    for number, who, role in (("835203884", school.sam, "student"), ("7858675309", school.tom, "teacher")):
        digest = Hashing(browser.app.settings.secret_key, school.card.id).of(What.PERSON, number)
        of = {"school_id": school.card.id, "what": What.PERSON, "hash": digest, "role": role}
        await RosterId.create(**of, person_id=who.id)
    return await agreed(school.lincoln, canvas, by_roster=True)
