"""U5: a hostile list of feeds is refused or gives 500 to decide about, and nothing of it is visited before a yes."""

from collections import Counter
from dataclasses import replace

import pytest

from engage import dates
from engage.database.job_model import Job
from engage.outside.cage import the_cage
from engage.outside.fetch import door_of
from engage.resources.harvest import harvest_due
from engage.resources.incoming_models import InboxEntry, Source, Visit
from engage.resources.rules import SourceState
from tests.faults.costs import cost
from tests.school import words_of

DOOR = "/curate/sources/suggested"
TAKEN = 500
MEMORY = 64 * 1024
# read as inside by one program or another; each is refused when the list is brought in
INSIDE = (
    *("http://127.0.0.1/feed", "http://127.1/feed", "http://2130706433/feed", "http://0x7f000001/feed"),
    *("http://0177.0.0.1/feed", "http://0.0.0.0/feed", "http://10.0.0.1/feed", "http://172.16.0.1/feed"),
    *("http://192.168.1.1/feed", "http://100.64.0.1/feed", "http://169.254.169.254/latest/meta-data/"),
    *("http://[::1]/feed", "http://[::ffff:127.0.0.1]/feed", "http://[fe80::1]/feed", "http://[fc00::1]/feed"),
    *("http://[64:ff9b::7f00:1]/feed", "http://224.0.0.1/feed", "http://255.255.255.255/feed"),
    *("https://example.com:22/feed", "https://example.com:6379/feed", "https://me:secret@example.com/feed"),
    *("file:///etc/passwd", "gopher://127.0.0.1/_x", "ftp://127.0.0.1/feed", "javascript:alert(1)", "data:text/xml,x"),
    *("//127.0.0.1/feed", "http:///feed", "http://%31%32%37.0.0.1/feed", "http://127.0.0.1\\@example.com/feed"),
)
# one feed in twelve spellings
AGAIN = (
    *(
        "https://owls.example/feed",
        "http://owls.example/feed",
        "https://owls.example/feed/",
        "https://OWLS.example/feed",
    ),
    *("https://www.owls.example/feed", "https://owls.example:443/feed", "http://owls.example:80/feed"),
    *(" https://owls.example/feed ", "HTTPS://owls.example/feed", "https://owls.example./feed"),
    *("https://owls.example/feed#top", "https://owls.example/feed"),
)


@pytest.fixture(scope="module", autouse=True)
def parsers():
    yield
    the_cage().close()
    the_cage.cache_clear()


def listed(outlines: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<opml version="2.0"><body>{outlines}</body></opml>'.encode()


def outline(url: str, more: str = "/>") -> str:
    return f'<outline text="{url.count("/")}" type="rss" xmlUrl="{url}"{more}'


def named(number: int) -> str:
    return "".join(outline(f"https://a{each}.example/feed") for each in range(number))


def entities(canary: str) -> dict[str, bytes]:
    """Entities that swell, that reach a file, and that reach a machine inside."""
    swelling = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    use = outline("https://owls.example/&x;")
    return {
        "swelling": listed("&l9;", f'<!DOCTYPE opml [<!ENTITY l0 "laugh">{swelling}]>'),
        "quadratic": listed("&x;" * 10_000, f'<!DOCTYPE opml [<!ENTITY x "{"y" * 100_000}">]>'),
        "file": listed(use, '<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "inside": listed(use, f'<!DOCTYPE opml [<!ENTITY x SYSTEM "{canary}/secret">]>'),
        "parameter": listed(use, f'<!DOCTYPE opml [<!ENTITY % x SYSTEM "{canary}/secret.dtd">%x;]>'),
    }


async def bring(browser, body: bytes):
    """Bring a list in by the page; its answer, where nothing was looked up, reached, or grew."""
    await browser.be_known()
    with cost() as told:
        answer = await browser.post(DOOR, {}, files={"file": ("feeds.opml", body)})
    assert told.reached == set()
    assert told.grew < MEMORY
    assert told.seconds < 10
    return answer


async def states(school) -> dict[str, int]:
    return Counter([str(row["state"]) for row in await Source.filter(school_id=school.card.id).values("state")])


async def refused(browser, school, body: bytes, sentence: str) -> None:
    answer = await bring(browser, body)
    assert (answer.status_code, sentence in words_of(answer)) == (422, True), words_of(answer)[:400]
    assert await states(school) == {}


@pytest.mark.parametrize("name", ["swelling", "quadratic", "file", "inside", "parameter"])
async def test_u5_entities_are_refused(browser, school, ada, canary, name):
    await refused(browser.sign_in(ada), school, entities(canary.base)[name], "entities")


async def test_u5_a_dtd_elsewhere_is_not_looked_for(browser, school, ada, canary):
    body = listed(outline("https://owls.example/feed"), f'<!DOCTYPE opml SYSTEM "{canary.base}/opml.dtd">')
    assert (await bring(browser.sign_in(ada), body)).status_code == 303
    assert await states(school) == {"suggested": 1}


async def test_u5_of_20_000_outlines_500_are_taken(browser, school, ada):
    answer = await bring(browser.sign_in(ada), listed(named(20_000)))
    page = words_of(await browser.follow(answer))
    assert "Suggested: 500 feeds." in page
    assert "Left out: 18,000 beyond the first 2,000." in page
    assert "Left out: 1,500, since 500 feeds at most can be suggested at one time." in page
    assert await states(school) == {"suggested": TAKEN}
    # and no more with the next list
    await bring(browser, listed("".join(outline(f"https://b{each}.example/feed") for each in range(600))))
    assert await states(school) == {"suggested": TAKEN}


async def test_u5_more_than_20_000_outlines_are_refused(browser, school, ada):
    await refused(browser.sign_in(ada), school, listed(named(20_001)), "too large")


@pytest.mark.parametrize("ends", ["</outline>", ""])
async def test_u5_a_depth_of_10_000_is_refused(browser, school, ada, ends):
    deep = '<outline text="a">' * 10_000 + outline("https://owls.example/feed") + ends * 10_000
    await refused(browser.sign_in(ada), school, listed(deep), "nested too deeply")


async def test_u5_addresses_inside_are_refused_one_by_one(browser, school, ada):
    body = listed("".join(outline(url) for url in INSIDE) + outline("https://owls.example/feed"))
    answer = await bring(browser.sign_in(ada), body)
    assert answer.status_code == 303
    rows = await Source.filter(school_id=school.card.id).values_list("url", flat=True)
    assert rows == ["https://owls.example/feed"]


async def test_u5_a_feed_that_is_named_again_is_taken_once(browser, school, ada):
    body = listed("".join(outline(url) for url in AGAIN * 100))
    page = words_of(await browser.follow(await bring(browser.sign_in(ada), body)))
    assert "Suggested: 1 feed." in page
    again = words_of(await browser.follow(await bring(browser, listed(outline(AGAIN[1])))))
    assert "Suggested: 0 feeds. 1 here already." in again
    assert await states(school) == {"suggested": 1}


async def test_u5_each_address_goes_through_the_door_when_it_is_visited_and_not_before(
    browser, school, ada, server, canary
):
    """Names that turn out to be inside, and redirects there, are met by F1 at the visit, after a person's yes."""
    asked: list[str] = []

    async def names(host: str, port: int) -> list[str]:
        asked.append(host)
        return [canary.host]

    # the port of the canary is open, though not its address
    settings = replace(browser.app.settings, allowed_outside=server.pairs | {(server.host, canary.port)})
    browser.app.settings = settings
    server.elsewhere = f"{canary.base}/feed"
    urls = [f"http://turns{n}.example{port}/feed" for n, port in enumerate(("", ":443", f":{canary.port}"))]
    urls += [
        f"{server.base}/outside",
        f"{server.base}/to?302,http://turns.example:{canary.port}/",
        f"{server.base}/feed",
    ]
    answer = await bring(browser.sign_in(ada), listed("".join(map(outline, urls))))
    assert "Suggested: 6 feeds." in words_of(await browser.follow(answer))
    door = replace(door_of(settings), resolver=names)

    # only suggested: the clock visits none of them
    assert await Job.filter(name="harvest").count() == 0
    assert await harvest_due(door, the_cage(), dates.now()) == 0
    assert (asked, server.seen, await Visit.filter(school_id=school.card.id).count()) == ([], [], 0)

    await bring_yes(browser)
    assert (asked, server.seen) == ([], [])
    assert await states(school) == {SourceState.ACTIVE.value: 6}
    await harvest_due(door, the_cage(), dates.now())
    assert set(asked) == {"turns0.example", "turns1.example", "turns2.example", "turns.example"}
    assert {request.path.partition("?")[0] for request in server.seen} == {"/outside", "/to", "/feed"}
    visits = await Visit.filter(school_id=school.card.id).values_list("good", flat=True)
    assert sorted(visits) == [False] * 5 + [True]
    titles = await InboxEntry.filter(school_id=school.card.id).values_list("title", flat=True)
    assert titles == ["One"]


async def bring_yes(browser) -> None:
    with cost() as told:
        sent = await browser.post(f"{DOOR}/decide", {"all": "1", "act": "add"})
    assert "Added: 6 feeds." in words_of(await browser.follow(sent))
    assert told.reached == set()
