"""The page of words that keep entries out: from an entry of the inbox to a rule, and back."""

from engage.resources.incoming_models import InboxEntry, MuteRule
from engage.resources.rules import EntryState
from tests import make
from tests.school import words_of


async def test_a_rule_is_made_from_an_entry_and_taken_away(browser, school, ada):
    browser.sign_in(ada)
    source = await make.source("Tales")
    await make.inbox_entry(source, "Rerun: The <b>Owl</b>")
    await make.inbox_entry(source, "The Fox")
    inbox = await browser.get("/curate/inbox")
    assert "Keep such ones out" in words_of(inbox)

    page = await browser.get("/curate/inbox/words", params={"words": "Rerun: The <b>Owl</b>", "from": source.key})
    assert "Rerun: The &lt;b&gt;Owl&lt;/b&gt;" in page.text
    assert f'value="{source.key}" selected' in page.text or f'selected value="{source.key}"' in page.text

    made = await browser.post("/curate/inbox/words", {"words": "rerun", "source": source.key})
    assert made.status_code == 303
    words = words_of(await browser.follow(made))
    assert "1 kept out" in words
    assert "Tales" in words
    assert await InboxEntry.filter(school_id=school.card.id, state=EntryState.WAITING).count() == 1

    rule = await MuteRule.get(school_id=school.card.id)
    gone = await browser.follow(await browser.post(f"/curate/inbox/words/{rule.key}/take-away"))
    assert "1 waits again" in words_of(gone)
    assert await InboxEntry.filter(school_id=school.card.id, state=EntryState.WAITING).count() == 2


async def test_words_that_are_too_short_come_back_as_they_were(browser, ada):
    browser.sign_in(ada)
    refused = await browser.post("/curate/inbox/words", {"words": "of", "source": ""})
    assert refused.status_code == 422
    assert "at least three letters" in words_of(refused)
    assert 'value="of"' in refused.text
    unknown = await browser.post("/curate/inbox/words", {"words": "rerun", "source": "nothing"})
    assert unknown.status_code == 422


async def test_who_may_not_add_feeds_neither_mutes_nor_approves(browser, school, tom, sam):
    for reader, status in ((tom, 403), (sam, 404)):
        browser.sign_in(reader)
        assert (await browser.get("/curate/inbox/words")).status_code == status
        for path in ("/curate/inbox/words", "/curate/sources/suggested/decide"):
            assert (await browser.post(path, {"words": "rerun", "all": "1"})).status_code == status
        assert (await browser.post("/curate/inbox/words/a/take-away")).status_code == 404
    assert await MuteRule.filter(school_id=school.card.id).count() == 0
