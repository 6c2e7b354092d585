"""The newsletter: what stands in it, who gets it, how it goes, and how one gets rid of it."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_string
from email.policy import default as lines

import pytest

from engage import dates
from engage.doctoring import _mail
from engage.errors import Refused
from engage.lists.rules import Visibility
from engage.outside.mail import NotSent
from engage.people.models import Membership
from engage.promotion import digests, mailing, telling
from engage.promotion.models import PromotedLink
from engage.promotion.rules import Medium
from engage.promotion.telling_models import Digest, DigestMail, DigestReader
from engage.promotion.telling_rules import Audience
from engage.settings import Settings, SettingsProblem
from tests import make
from tests.promotion.post_office import post_office
from tests.promotion.test_going import PERSON
from tests.school import Browser, TestSchool, words_of


async def _composed(school: TestSchool, for_all: bool = False) -> Digest:
    today = dates.today(school.card.zone)
    key = await digests.compose(
        "From the library", "Hello & welcome.", today - timedelta(days=7), today, for_all=for_all, by=school.ada
    )
    return await Digest.get(school_id=school.card.id, key=key)


async def test_it_holds_what_its_readers_may_see(school: TestSchool) -> None:
    today = dates.today(school.card.zone)
    await make.curated_list(school.ada, "Sea <b>stories</b>", 2, published=True, visibility=Visibility.PUBLIC)
    await make.curated_list(school.ada, "For us only", 2, published=True)
    await make.curated_list(school.ada, "Not yet", 2)
    await make.program(school.ada, "Lantern Nights", visibility="public")
    await telling.announce("Staff meet.", Audience.STAFF, today, today, by=school.ada)
    await telling.announce("Room 12 only.", Audience.CLASSES, today, today, rooms=[school.room.key], by=school.ada)
    said = {}
    for for_all in (True, False):
        content = digests.content_of((await _composed(school, for_all)).content)
        said[for_all] = [(item.title or item.line) for _, items in content.parts for item in items]
        assert all(item.go for heading, items in content.parts for item in items if heading != "News")
    assert said[True] == ["Sea <b>stories</b>", "Lantern Nights"]
    assert said[False] == ["Staff meet.", "For us only", "Sea <b>stories</b>", "Lantern Nights"]
    # the links of a list are the same in every newsletter
    assert await PromotedLink.filter(school_id=school.card.id, medium=Medium.NEWSLETTER).count() == 3
    html = mailing.html_of("Hi", content, "https://library.example", "Lincoln School", "https://library.example/x")
    assert "Sea &lt;b&gt;stories&lt;/b&gt;" in html
    assert "Hello &amp; welcome." in html
    assert not re.search(r"<(img|script|style|link|iframe)\b|\sstyle=|src=", html)
    assert {each.split("/")[2] for each in re.findall(r'href="([^"]+)"', html)} == {"library.example"}


async def test_it_is_put_together_looked_at_and_copied(browser: Browser, school: TestSchool) -> None:
    await make.curated_list(school.ada, "Sea stories", 2, published=True, visibility=Visibility.PUBLIC)
    today = dates.today(school.card.zone).isoformat()
    form = {"form_key": "k", "subject": "News", "greeting": "", "starts": today, "ends": today, "audience": "all"}
    browser.sign_in(school.ada)
    assert (await browser.post("/curate/newsletter", form | {"starts": "2030-01-01"})).status_code == 422
    nothing = await browser.post("/curate/newsletter", form | {"starts": "2001-01-01", "ends": "2001-01-02"})
    assert "Nothing was new in these days." in words_of(nothing)
    for day in ("9999-12-31", "0001-01-01"):  # after the last day there is, and before the first, there is none
        assert (await browser.post("/curate/newsletter", form | {"starts": day, "ends": day})).status_code == 422
    for _ in range(2):
        answer = await browser.post("/curate/newsletter", form)
        assert answer.status_code == 303
    page = await browser.follow(answer)
    said = words_of(page)
    assert "New lists Sea stories" in said
    assert "No mail server is set up here." in said
    (go,) = set(re.findall(r"/go/\w+", page.text))
    gone = await browser.client.get(go, headers=PERSON)
    assert gone.headers["location"] == "/lincoln/lists/sea-stories"
    assert "&lt;!doctype html&gt;" in page.text
    digest = await Digest.get(school_id=school.card.id)
    for reader in (school.tom, school.sam, school.rosa, None):
        browser.sign_in(reader)
        assert (await browser.get("/curate/newsletter")).status_code in (403, 404)
        assert (await browser.get(f"/curate/newsletter/{digest.key}")).status_code in (403, 404)


async def test_staff_get_it_and_end_it_with_one_press(browser: Browser, school: TestSchool) -> None:
    browser.sign_in(school.tom)
    for address in ("nonsense", "two@at@signs", "a@b\r\nBcc: c@d", "a b@c.d", "jörg@s.example", '"@s.example'):
        assert (await browser.post("/newsletter", {"form_key": "k", "address": address})).status_code == 422
    assert (await browser.post("/newsletter", {"form_key": "k", "address": "tom@school.example"})).status_code == 303
    assert "You get it at tom@school.example" in words_of(await browser.get("/newsletter"))
    reader = await DigestReader.get(school_id=school.card.id)
    leave = f"/newsletter/leave/{reader.token}"
    browser.sign_in(None)
    assert "You get it by mail." in words_of(await browser.client.get(leave))
    # a mail program presses without a browser's headers (RFC 8058)
    pressed = await browser.client.post(leave, data={"List-Unsubscribe": "One-Click"})
    assert pressed.status_code == 200
    assert "You do not get it any more." in words_of(pressed)
    assert await digests.how_many(school.ada) == 0
    await browser.client.post(leave, data={"again": "1"})
    assert await digests.how_many(school.ada) == 1
    assert (await browser.client.post("/newsletter/leave/unknown")).status_code == 404
    assert (await browser.client.post("/sign-out")).status_code == 403  # nothing else is let through
    for reader_ in (school.sam, None):
        assert (await browser.sign_in(reader_).get("/newsletter")).status_code in (403, 404)


def _with_post(settings: Settings, port: int) -> Settings:
    return replace(
        settings, smtp_host="127.0.0.1", smtp_port=port, smtp_from="library@school.example", smtp_security="none"
    )


async def test_it_goes_to_each_once_and_says_what_did_not_go(settings: Settings, school: TestSchool) -> None:
    await make.curated_list(school.ada, "Sea stories", 2, published=True, visibility=Visibility.PUBLIC)
    for who, address in ((school.ada, "ada@s.example"), (school.tom, "tom@s.example"), (school.vera, "gone@s.example")):
        await digests.join(address, by=who)
    digest = await _composed(school)
    assert await mailing.send(digest.key, by=school.ada) == 3
    vera = await DigestReader.get(school_id=school.card.id, person_id=school.vera.id)
    async with post_office() as office:
        posted = _with_post(settings, office.port)
        office.away = True
        with pytest.raises(NotSent):
            await mailing.send_digest(digest.id, posted)
        assert office.letters == []
        office.away, office.refused = False, {"gone@s.example"}
        assert await mailing.send_digest(digest.id, posted) == 2
        assert await mailing.send_digest(digest.id, posted) == 0
        assert (await _mail(posted)).fine
    assert sorted(to for to, _ in office.letters) == ["ada@s.example", "tom@s.example"]
    states = dict(await DigestMail.filter(school_id=school.card.id).values_list("reader_id", "state"))
    assert states.pop(vera.id) == "failed"
    assert set(states.values()) == {"sent"}
    letter = message_from_string(dict(office.letters)["tom@s.example"], policy=lines)
    tom = await DigestReader.get(school_id=school.card.id, person_id=school.tom.id)
    assert letter["List-Unsubscribe"] == f"<{settings.base_url}/newsletter/leave/{tom.token}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = (part.get_content() for part in letter.iter_parts())
    assert "Sea stories" in text
    assert "/go/" in text
    assert "Sea stories" in html
    assert "tom@s.example" not in text + html

    # who works here no longer is sent nothing, even where nobody ended the newsletter
    other = await _composed(school)
    await Membership.filter(school_id=school.card.id, person_id=school.tom.id).delete()
    assert await mailing.send(other.key, by=school.ada) == 2
    await digests.let_go(vera.token)
    assert await mailing.send(digest.key, by=school.ada) == 1  # tried once more, and no longer wanted
    async with post_office() as office:
        assert await mailing.send_digest(digest.id, _with_post(settings, office.port)) == 0
    assert office.letters == []
    with pytest.raises(Refused, match="Nobody is left"):
        await mailing.send(digest.key, by=school.ada)
    assert not (await _mail(_with_post(settings, office.port))).fine


async def test_a_letter_that_is_not_taken_keeps_no_other_back(settings: Settings, school: TestSchool) -> None:
    for who, address in ((school.ada, "ada@s.example"), (school.tom, "tom@s.example"), (school.vera, "v@s.example")):
        await digests.join(address, by=who)
    await DigestReader.filter(school_id=school.card.id, person_id=school.vera.id).update(address="véra@s.example")
    digest = await _composed(school)
    await mailing.send(digest.key, by=school.ada)
    async with post_office() as office:
        office.full = {"ada@s.example"}
        with pytest.raises(NotSent, match="does not take the address"):
            await mailing.send_digest(digest.id, _with_post(settings, office.port))
        assert [to for to, _ in office.letters] == ["tom@s.example"]
        rows = DigestMail.filter(school_id=school.card.id).order_by("id")
        assert await rows.values_list("state", flat=True) == ["waiting", "sent", "failed"]
        # who left since it was queued is sent nothing
        await Membership.filter(school_id=school.card.id, person_id=school.ada.id).delete()
        office.full = set()
        assert await mailing.send_digest(digest.id, _with_post(settings, office.port)) == 0
        assert await rows.values_list("state", flat=True) == ["let go", "sent", "failed"]


async def test_it_names_no_student(browser: Browser, school: TestSchool) -> None:
    today = dates.today(school.card.zone)
    await telling.announce("Sam brings the lanterns.", Audience.STAFF, today, today, by=school.ada)
    browser.sign_in(school.ada)
    form = {"form_key": "k", "subject": "News", "greeting": "Sam read most.", "starts": today, "ends": today}
    asked = await browser.post("/curate/newsletter", form | {"audience": "staff"})
    assert asked.status_code == 422
    assert "A newsletter names nobody." in words_of(asked)
    assert (await browser.post("/curate/newsletter", form | {"audience": "staff", "no_name": "y"})).status_code == 303
    digest = await Digest.get(school_id=school.card.id)
    assert "lanterns" not in digest.content


@pytest.mark.parametrize(
    "wrong",
    [
        {"smtp_security": "maybe"},
        {"smtp_host": "mail.example", "smtp_from": ""},
        {"smtp_host": "mail.example", "smtp_from": "a@b.c", "smtp_security": "none", "smtp_password": "x"},
    ],
)
def test_settings_that_would_send_a_password_in_the_clear_are_refused(wrong: dict[str, str]) -> None:
    settings = Settings(database_url="sqlite://x", secret_key="x" * 40, **wrong)  # type: ignore[arg-type]
    with pytest.raises(SettingsProblem):
        settings.check()
