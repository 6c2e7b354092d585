"""Signing in with an issuer that other people wrote: npm's oidc-provider, on the loopback."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest

from engage.people import oidc_issuer, sealing
from engage.people.models import Person
from engage.people.oidc_attempts import kind_of_secret
from engage.people.oidc_models import OidcLink, OidcProvider
from tests.people.entering import came_in, session_of
from tests.people.issuer import SECRET
from tests.tools import HOW, from_npm

pytestmark = pytest.mark.only("sqlite")
PROGRAM = Path(__file__).parents[1] / "tools" / "oidc_provider.mjs"
BACK = "https://engage.test/sign-in/oidc"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of the issuer, one process for all of this module."""
    place = from_npm("oidc-provider")
    if place is None or not shutil.which("node"):
        pytest.skip(f"OIDC-PROVIDER IS NOT HERE: nobody else let anybody in. {HOW}")
    words = ["node", str(PROGRAM), str(place.parents[1]), BACK, "engage", SECRET, "tom@school.example"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        line = next(one for one in running.stdout if one.strip().isdigit())
        yield int(line)
        running.kill()


async def at_the_issuer(address: str, person: str) -> str:
    """What a person does there: types a name and a password, agrees; the address at which they come back to us."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(address)
        for _ in range(12):
            if answer.is_redirect:
                address = urljoin(address, answer.headers["location"])
                if address.startswith(BACK):
                    return address
                answer = await client.get(address)
                continue
            (action,) = re.findall(r'<form[^>]*action="([^"]+)"', answer.text)
            prompt = re.findall(r'name="prompt" value="(\w+)"', answer.text)[0]
            address = urljoin(address, action)
            answer = await client.post(address, data={"prompt": prompt, "login": person, "password": "any"})
    raise AssertionError(f"the issuer did not come to an end: {answer.text[:400]}")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_a_teacher_signs_in_with_an_issuer_of_other_people(browser, school, port, algorithm):
    oidc_issuer.forget()
    browser.app.settings = replace(browser.app.settings, allowed_outside=frozenset({("127.0.0.1", port)}))
    await Person.filter(school_id=school.card.id, id=school.tom.id).update(email="tom@school.example")
    key, issuer = f"{algorithm.lower()}0000000", f"http://127.0.0.1:{port}"
    secret = sealing.sealed(browser.app.settings.secret_key, kind_of_secret(key), SECRET.encode())
    of = {"school_id": school.card.id, "key": key, "name": "Theirs", "on": True}
    await OidcProvider.create(**of, issuer=issuer, client_id=f"engage-{algorithm}", secret=secret)

    there = (await browser.client.get(f"/sign-in/oidc/{key}?next=/lincoln/lists&again=1")).headers["location"]
    query = urlsplit(await at_the_issuer(there, "tom")).query
    back = await browser.client.get(f"/sign-in/oidc/{key}/back?{query}")
    assert (came_in(back), back.headers["location"]) == (True, "/lincoln/lists")
    made = await session_of(browser)
    assert made is not None
    assert (made.person_id, made.proved_at is not None) == (school.tom.id, True)  # auth_time came, since we asked
    # the same code once more, in an attempt of its own: the issuer takes it back
    again = (await browser.client.get(f"/sign-in/oidc/{key}")).headers["location"]
    state = re.findall(r"state=([^&]+)", again)[0]
    no = await browser.client.get(f"/sign-in/oidc/{key}/back?{re.sub('state=[^&]+', f'state={state}', query)}")
    assert (no.status_code, came_in(no)) == (422, False)
    # somebody else with that e-mail
    query = urlsplit(await at_the_issuer(again, "other")).query
    assert not came_in(await browser.client.get(f"/sign-in/oidc/{key}/back?{query}"))
    assert await OidcLink.all().count() == 1
