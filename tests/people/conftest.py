"""An issuer of accounts that Lincoln School has agreed with."""

from dataclasses import replace

import pytest_asyncio

from engage.people import oidc_issuer
from engage.people.models import Person
from tests.loopback import listening
from tests.people.issuer import Issuer, agreed


@pytest_asyncio.fixture
async def issuer(browser):
    """An issuer that Lincoln School has agreed with, for staff; Tom's e-mail is at the school."""
    oidc_issuer.forget()
    async with listening(Issuer()) as running:
        browser.app.settings = replace(browser.app.settings, allowed_outside=running.pairs)
        yield running


@pytest_asyncio.fixture
async def provider(browser, school, issuer):
    await Person.filter(school_id=school.card.id, id=school.tom.id).update(email="Tom@School.example")
    return await agreed(school.lincoln, issuer)
