"""The worklist of links, and what one click does."""

import re
from datetime import UTC, datetime

from engage.resources.models import Link, LinkCheck, Resource
from engage.resources.rules import LinkState
from tests import make
from tests.school import words_of

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


async def broken(title: str, state: LinkState, school: str = "lincoln", **more: object) -> Link:
    """A resource with a link that a look found so."""
    url = f"https://example.org/{title.replace(' ', '-').lower()}"
    one = await make.resource(title, url=url, school=school)
    link = await Link.get(resource_id=one.id, school_id=one.school_id)  # type: ignore[attr-defined]
    values = {"state": state, "found": f"It is {state}.", "checked_at": NOW, **more}
    await link.update_from_dict(values).save()
    return link


async def again(link: Link) -> Link:
    return await Link.get(id=link.id, school_id=link.school_id)  # type: ignore[attr-defined]


async def test_the_worklist_shows_what_is_wrong_by_kind(school, browser, ada):
    assert "There are no links yet." in words_of(await browser.sign_in(ada).get("/curate/links"))
    await broken("Fine", LinkState.ALIVE)
    page = await browser.get("/curate/links")
    assert "The one link works." in words_of(page)
    assert "Nothing to mend" in words_of(page)
    await broken("Owl Moon", LinkState.MOVED, moved_to="https://example.org/new")
    await broken("Gone", LinkState.DEAD)
    await broken("Trying", LinkState.ALIVE, failures=2)
    await broken("Theirs", LinkState.DEAD, "roosevelt")
    page = words_of(await browser.get("/curate/links"))
    assert "2 of 4 links need attention. 1 did not answer last time" in page
    assert "Gone" in page
    assert "Owl Moon" not in page
    assert "Theirs" not in page
    moved = words_of(await browser.get("/curate/links?state=moved"))
    assert "Now at https://example.org/new" in moved
    assert (await browser.get("/curate/links?state=nonsense")).status_code == 200


async def test_one_click_uses_the_new_address_and_an_import_leaves_it(school, browser, ada):
    link = await broken("Owl Moon", LinkState.MOVED, moved_to="https://example.org/new")
    sent = await browser.sign_in(ada).post(f"/curate/links/{link.key}/mend", {"act": "move", "state": "moved"})
    page = await browser.follow(sent)
    assert "It leads to https://example.org/new now." in words_of(page)
    now = await again(link)
    assert (now.url, now.state, now.moved_to, now.failures) == ("https://example.org/new", "unchecked", "", 0)
    resource = await Resource.get(id=link.resource_id, school_id=school.card.id)  # type: ignore[attr-defined]
    assert "links" in resource.kept.split(",")
    assert resource.version == 2
    shown = await browser.get(f"/curate/links/{link.key}")
    assert "Its address was https://example.org/owl-moon Ada Okafor" in words_of(shown)
    assert "Use this address again : https://example.org/owl-moon" in words_of(shown)
    # what the button sends leads back, and the way forth stands in the history then
    (url,) = re.findall(r'<input type="hidden" name="url" value="([^"]+)"', shown.text)
    await browser.post(f"/curate/links/{link.key}", {"url": url})
    assert (await again(link)).url == "https://example.org/owl-moon"
    shown = await browser.get(f"/curate/links/{link.key}")
    assert re.findall(r'name="url" value="([^"]+)"><button', shown.text) == ["https://example.org/new"]


async def test_all_that_moved_and_were_shown_are_mended_at_once(school, browser, ada):
    made = [await broken(f"Book {n}", LinkState.MOVED, moved_to=f"https://example.org/new/{n}") for n in range(4)]
    page = await browser.sign_in(ada).get("/curate/links")
    assert "Use all these new addresses" in page.text
    shown = re.findall(r'name="shown" value="([^"]+)"', page.text)
    assert len(shown) == 4
    # what was not shown, and what says something else by now, is nobody's decision yet
    await Link.filter(school_id=school.card.id, id=made[0].id).update(moved_to="https://example.org/elsewhere")
    done = await browser.follow(await browser.post("/curate/links/move", {"shown": [*shown[:3], "x" * 99]}))
    assert "2 links lead to the new address now." in words_of(done)
    moved = Link.filter(school_id=school.card.id, state=LinkState.MOVED)
    left = await moved.order_by("id").values_list("id", flat=True)
    assert left == [made[0].id, made[3].id]


async def test_a_new_address_that_is_there_already_takes_the_old_one_away(school, browser, ada):
    link = await broken("Owl Moon", LinkState.MOVED, moved_to="https://example.org/new")
    await Link.create(school_id=school.card.id, resource_id=link.resource_id, url="https://example.org/new")  # type: ignore[attr-defined]
    await browser.sign_in(ada).post(f"/curate/links/{link.key}/mend", {"act": "move"})
    assert await Link.filter(school_id=school.card.id).values_list("url", flat=True) == ["https://example.org/new"]


async def test_a_page_that_changed_is_right_and_a_sign_in_is_told(school, browser, ada, sam):
    changed = await broken("Changed", LinkState.CHANGED, fingerprint="f" * 64)
    await browser.sign_in(ada).post(f"/curate/links/{changed.key}/mend", {"act": "right"})
    now = await again(changed)
    assert (now.state, now.fingerprint) == (LinkState.ALIVE, "")
    closed = await broken("Closed", LinkState.SIGN_IN)
    await browser.post(f"/curate/links/{closed.key}/mend", {"act": "sign-in"})
    now = await again(closed)
    assert (now.state, now.access) == (LinkState.ALIVE, "You sign in at example.org")
    resource = await Resource.get(id=closed.resource_id, school_id=school.card.id)  # type: ignore[attr-defined]
    assert not resource.available
    page = words_of(await browser.sign_in(sam).get(f"/resources/{resource.key}"))
    assert "You sign in at example.org" in page


async def test_a_dead_link_gets_another_address_or_goes(school, browser, ada):
    link = await broken("Gone", LinkState.DEAD, failures=3, media_type="audio/mpeg")
    browser.sign_in(ada)
    form = {"form_key": "k" * 20}
    for url, sentence in (
        ("", "Give the address."),
        ("javascript:alert(1)", "An address begins with https:// or http://."),
        (link.url, "That is the address it has now."),
    ):
        answer = await browser.post(f"/curate/links/{link.key}", {**form, "url": url})
        assert (answer.status_code, sentence in words_of(answer)) == (422, True)
    assert (await again(link)).state is LinkState.DEAD
    sent = await browser.post(f"/curate/links/{link.key}", {**form, "url": " https://example.org/other "})
    assert sent.status_code == 303
    now = await again(link)
    assert (now.url, now.state, now.failures) == ("https://example.org/other", LinkState.UNCHECKED, 0)
    assert (now.checked_at, now.media_type) == (None, "")
    assert now.next_check_at is not None
    gone = await browser.follow(await browser.post(f"/curate/links/{link.key}/mend", {"act": "remove"}))
    assert "Gone leads no longer to https://example.org/other." in words_of(gone)
    assert await Link.filter(school_id=school.card.id).count() == 0
    assert await LinkCheck.filter(school_id=school.card.id).count() == 0
    resource = await Resource.get(school_id=school.card.id)
    assert (resource.online, resource.available) == (False, False)


async def test_what_makes_no_sense_does_nothing(school, browser, ada):
    link = await broken("Gone", LinkState.DEAD)
    page = await browser.follow(await browser.sign_in(ada).post(f"/curate/links/{link.key}/mend", {"act": "burn"}))
    assert "Nothing was done." in words_of(page)
    page = await browser.follow(await browser.post(f"/curate/links/{link.key}/mend", {"act": "move"}))
    assert "does not say where" in words_of(page)
    assert (await again(link)).state is LinkState.DEAD


async def test_nobody_else_sees_or_mends_links(school, browser, sam, tom, vera):
    link = await broken("Gone", LinkState.DEAD, moved_to="https://example.org/x")
    for reader in (sam, tom, vera, school.rosa, None):
        browser.sign_in(reader)
        for path in ("/lincoln/curate/links", f"/lincoln/curate/links/{link.key}"):
            assert (await browser.get(path)).status_code in (404, 303)
        for path in (f"/lincoln/curate/links/{link.key}/mend", "/lincoln/curate/links/move"):
            assert (await browser.post(path, {"act": "remove"})).status_code == 404
    browser.slug = "roosevelt"
    browser.sign_in(school.rosa)
    assert (await browser.get(f"/curate/links/{link.key}")).status_code == 404
    assert (await browser.post(f"/curate/links/{link.key}/mend", {"act": "remove"})).status_code == 404
    await browser.post("/curate/links/move", {"shown": f"{link.key} {link.moved_to}"})
    assert (await again(link)).url == link.url


async def test_a_page_of_links_costs_the_same_however_many_there_are(school, browser, ada, statements):
    for n in range(3):
        await broken(f"Book {n}", LinkState.DEAD)
    browser.sign_in(ada)
    await browser.get("/curate/links")
    statements.forget()
    await browser.get("/curate/links")
    few = [each for each in statements.seen if '"link"' in each]
    for n in range(3, 30):
        await broken(f"Book {n}", LinkState.DEAD)
    statements.forget()
    page = await browser.get("/curate/links")
    assert len([each for each in statements.seen if '"link"' in each]) == len(few)
    assert page.text.count('value="remove"') == 25
    assert "after=" in page.text


async def test_the_catalogue_says_how_many_and_readers_see_which(school, browser, ada, sam):
    link = await broken("Gone", LinkState.DEAD)
    await broken("Fine", LinkState.ALIVE)
    await broken("Moved", LinkState.MOVED)
    assert "Links 2 to mend" in words_of(await browser.sign_in(ada).get("/curate/resources"))
    resource = await Resource.get(id=link.resource_id, school_id=school.card.id)  # type: ignore[attr-defined]
    assert "Does not work lately" in words_of(await browser.sign_in(sam).get(f"/resources/{resource.key}"))
