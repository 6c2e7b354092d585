"""The page on which staff choose the picture of a resource."""

from datetime import UTC, datetime, timedelta

import pytest

from engage import dates
from engage.outside.fetch import Door
from engage.resources.models import Cover, Resource
from engage.resources.picture_pages import told
from engage.resources.picture_seeking import seek
from engage.resources.pictures import OWN
from tests import make
from tests.faults.hostile import hostile
from tests.resources.test_pictures import file, opened, room
from tests.school import words_of

__all__ = ["room"]
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


async def again(one: Resource) -> Resource:
    return await Resource.get(id=one.id, school_id=one.school_id)  # type: ignore[attr-defined]


async def test_the_specialist_brings_a_picture_has_it_drawn_and_has_one_looked_for(school, browser, ada):
    one = await make.resource("Owl Moon")
    page = await browser.sign_in(ada).get(f"/curate/resources/{one.key}/picture")
    assert "it has no ISBN" in words_of(page)
    assert '<svg class="cover"' in page.text

    form = {"form_key": "k" * 20}
    sent = await browser.post(f"/curate/resources/{one.key}/picture", form, files={"file": ("m.png", file("PNG"))})
    shown = await browser.follow(sent)
    assert "Your picture is shown from now on." in words_of(shown)
    key = (await again(one)).picture
    assert f"/lincoln/covers/{key}-240.webp" in shown.text
    assert opened((await browser.get(f"/covers/{key}-120.webp")).content).format == "WEBP"
    page = await browser.get(f"/curate/resources/{one.key}/picture")
    assert "A picture that one of you chose." in words_of(page)

    drawn = await browser.follow(await browser.post(f"/curate/resources/{one.key}/picture/draw"))
    assert "as one of you wished" in words_of(drawn)
    assert (await again(one)).picture == ""
    assert (await browser.get(f"/covers/{key}-480.webp")).status_code == 404

    looking = await browser.follow(await browser.post(f"/curate/resources/{one.key}/picture/look"))
    assert "We are looking for a picture." in words_of(looking)
    assert (await Cover.get(school_id=school.card.id)).next_try_at is not None


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("c.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "It opens JPEG, PNG, GIF and WebP."),
        ("c.png", b"\x89PNG\r\n\x1a\n broken", "It opens JPEG, PNG, GIF and WebP."),
        ("c.jpg", file()[:800], "This picture is damaged."),
    ],
)
async def test_what_is_no_picture_is_refused_beside_the_field(school, browser, ada, name, body, sentence):
    one = await make.resource("Owl Moon")
    answer = await browser.sign_in(ada).post(
        f"/curate/resources/{one.key}/picture", {"form_key": "k" * 20}, files={"file": (name, body)}
    )
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert (await again(one)).picture == ""
    answer = await browser.post(f"/curate/resources/{one.key}/picture", {"form_key": "k" * 20})
    assert (answer.status_code, "Choose a picture." in words_of(answer)) == (422, True)


async def test_nobody_else_chooses_pictures(school, browser, sam, tom, vera):
    one = await make.resource("Owl Moon")
    for reader in (sam, tom, vera, None, school.rosa):
        browser.sign_in(reader)
        for path in ("", "/draw", "/look"):
            sent = await browser.post(f"/curate/resources/{one.key}/picture{path}", files={"file": ("c.jpg", file())})
            assert sent.status_code == 404
    assert await Cover.filter(school_id=school.card.id).count() == 0


async def test_a_picture_of_ones_own_stays_when_the_record_gives_another(school, browser, ada):
    async with hostile() as site:
        site.extra["/c.jpg"] = "image/jpeg", file()
        one = await make.resource(cover=site.base + "/c.jpg")
        files = {"file": ("m.png", file("PNG", (400, 400)))}
        await browser.sign_in(ada).post(f"/curate/resources/{one.key}/picture", {"form_key": "k" * 20}, files=files)
        mine = (await again(one)).picture
        await seek(Door(site.pairs), "", dates.now() + timedelta(days=40))
        assert (await again(one)).picture == mine
        assert site.seen == []
        await browser.post(f"/curate/resources/{one.key}/picture/look")
        assert await seek(Door(site.pairs), "", dates.now() + timedelta(minutes=1)) == 1
        page = await browser.get(f"/curate/resources/{one.key}/picture")
        assert "From the address in its record, at 127.0.0.1" in words_of(page)


def test_where_the_cover_comes_from_is_said_in_words():
    known = {"found_by": "openlibrary", "url": "https://x.example/", "digest": "d", "problem": ""}
    known |= {"tried_at": NOW, "next_try_at": None}
    assert told(known, True) == "From Open Library, by its ISBN."
    missed = known | {"digest": "", "problem": "The site answered 404.", "next_try_at": dates.now() + timedelta(40)}
    assert told(missed, True).startswith("Drawn by us from the title. We looked for a picture: The site answered 404. ")
    assert "We look again after" in told(missed, True)
    assert told(known | {"found_by": OWN, "url": "", "digest": ""}, True).endswith("as one of you wished.")
    assert told(None, True).endswith("until we have looked for a picture.")
