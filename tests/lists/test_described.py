"""What a public list says of itself to machines, read back by another's reader."""

import json
import re

import extruct

from engage.lists.described import ages
from engage.lists.rules import Visibility
from engage.resources.models import Creator, Resource
from engage.resources.record import Maker
from engage.resources.rules import Format
from tests import make
from tests.school import Browser, TestSchool

HOSTILE = '</script><script>alert(1)</script><!-- & "quotes" \u202egnirts \U0001f989 ' + "x\u0301" * 40


def test_grades_are_an_age_range():
    assert (ages(0, 2), ages(6, None), ages(None, 5), ages(-1, -1), ages(None, None)) == (
        "5-8",
        "11-",
        "0-11",
        "4-5",
        "",
    )


async def test_a_public_list_is_an_item_list_of_things(browser: Browser, school: TestSchool) -> None:
    things = [
        await make.resource(
            HOSTILE,
            "Jane Yolen",
            identifiers=(("isbn", "9780399214578"),),
            pages=32,
            year=1987,
            audience_low=0,
            audience_high=2,
        ),
        await make.resource(
            "StarDate", "", mode="listening", format=Format.EPISODE, minutes=2, url="https://a.example/"
        ),
        await make.resource("Moon film", "A. Lind", mode="viewing", format="film", minutes=13),
        await make.resource("NASA", mode="reading", format="website", url="https://nasa.example/"),
    ]
    more = {"published": True, "visibility": Visibility.PUBLIC, "slug": "look-up", "introduction": HOSTILE}
    await make.curated_list(school.ada, "Look up", things, **more)
    page = (await browser.get("/lists/look-up")).text
    found = extruct.extract(page, base_url="https://engage.test/", syntaxes=["json-ld", "opengraph"])
    (listed,) = found["json-ld"]
    assert (listed["@type"], listed["name"], listed["description"], listed["numberOfItems"]) == (
        "ItemList",
        "Look up",
        HOSTILE,
        4,
    )
    assert [each["position"] for each in listed["itemListElement"]] == [1, 2, 3, 4]
    book, episode, film, site = (each["item"] for each in listed["itemListElement"])
    address = f"https://engage.test/lincoln/resources/{things[0].key}"
    assert book == {
        "@type": "Book",
        "@id": address,
        "url": address,
        "name": things[0].title,
        "author": [{"@type": "Person", "name": "Jane Yolen"}],
        "isbn": "9780399214578",
        "numberOfPages": 32,
        "typicalAgeRange": "5-8",
        "datePublished": "1987",
    }
    assert (episode["@type"], episode["duration"], "author" in episode) == ("PodcastEpisode", "PT2M", False)
    assert (film["@type"], [each["name"] for each in film["author"]]) == ("Movie", ["A. Lind"])
    assert site["@type"] == "WebSite"
    (card,) = found["opengraph"]
    assert dict(card["properties"])["og:image"].startswith("https://engage.test/lincoln/lists/look-up/card")
    assert "/oembed?url=https%3A%2F%2Fengage.test%2Flincoln%2Flists%2Flook-up" in page
    assert dict(card["properties"])["og:url"] == listed["url"] == "https://engage.test/lincoln/lists/look-up"
    # nothing in it can end the block, whoever reads the page
    block = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert [json.loads(each) for each in block] == [listed]
    assert "<" not in block[0]


async def test_what_only_some_may_see_says_nothing_to_machines(browser: Browser, school: TestSchool) -> None:
    await make.curated_list(school.ada, "Ours", 2, published=True)
    await make.curated_list(school.ada, "Mine", 2, visibility=Visibility.PUBLIC)
    browser.sign_in(school.ada)
    for path in ("/lists/ours", "/lists/mine"):
        page = (await browser.get(path)).text
        assert "application/ld+json" not in page
        assert "og:" not in page
    await make.curated_list(school.ada, "All", 2, published=True, visibility=Visibility.PUBLIC)
    assert "application/ld+json" in (await browser.sign_out().get("/lists/all")).text
    assert "application/ld+json" not in (await browser.get("/lists/all?mode=reading")).text


async def test_a_body_that_made_something_is_no_person(browser: Browser, school: TestSchool) -> None:
    made = [
        (("Jamestown Foods", "organization"), ("Ann Lee", "author"), ("Owls & Co", "organization")),
        (("Ann Lee", "author"), ("Lindbergh Bakers", "author")),
        (("American Museum of Natural History", "author"), ("Avi", "author"), ("Press, Judy", "author")),
    ]
    things = [
        await make.resource(f"Soups {number}", makers=tuple(Maker(*maker) for maker in makers))
        for number, makers in enumerate(made)
    ]
    await make.curated_list(school.ada, "Soups", things, published=True, visibility=Visibility.PUBLIC)
    page = (await browser.get("/lists/soups")).text
    (listed,) = extruct.extract(page, base_url="https://engage.test/", syntaxes=["json-ld"])["json-ld"]
    assert [
        [(maker["name"], maker["@type"]) for maker in each["item"]["author"]] for each in listed["itemListElement"]
    ] == [
        [("Jamestown Foods", "Organization"), ("Ann Lee", "Person"), ("Owls & Co", "Organization")],
        # called a body by no role and no word
        [("Ann Lee", "Person"), ("Lindbergh Bakers", "Person")],
        [("American Museum of Natural History", "Organization"), ("Avi", "Person"), ("Press, Judy", "Person")],
    ]
    # who is said to be one later is one, since that is another version of the thing
    named = Creator.filter(school_id=school.card.id, resource_id=things[1].id, name="Lindbergh Bakers")
    await named.update(role="organization")
    await Resource.filter(school_id=school.card.id, id=things[1].id).update(version=things[1].version + 1)
    page = (await browser.get("/lists/soups?again")).text
    assert '{"@type": "Organization", "name": "Lindbergh Bakers"}' in page
