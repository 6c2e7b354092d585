"""The page of one source: what a specialist decides about what it brings, and what it says to those who only look."""

import pytest

from engage import dates
from engage.people.models import AuditEntry
from engage.resources.incoming_models import InboxEntry, MuteRule, Source, Visit
from engage.resources.rules import EntryState
from tests import make
from tests.school import words_of


def sent(one: Source, **more: str) -> dict[str, str]:
    values = {"title": one.title, "address": one.url, "minutes": "60", "topic": "", "mode": "", "language": ""}
    return {**values, "audience_low": "", "audience_high": "", "default_list": "", "words": "", **more}


@pytest.fixture
async def one(school) -> Source:
    return await make.source("Brains On!", etag='"v1"', body_hash="x" * 64)


async def test_the_rules_of_a_source_are_kept_and_shown_again(browser, school, ada, one):
    curated = await make.curated_list(by=ada, title="How things work")
    browser.sign_in(ada)
    wanted = sent(one, topic="Science", mode="listening", language="es", audience_low="0", audience_high="5",
                  default_list=curated.key, words="Rerun\r\n\r\nweekly QUIZ\r\n")  # fmt: skip
    saved = await browser.post(f"/curate/sources/{one.key}/change", wanted)
    assert saved.status_code == 303
    kept = await Source.get(school_id=school.card.id, id=one.id)
    assert (kept.topic, kept.mode, kept.language, kept.default_list) == ("Science", "listening", "es", curated.key)
    assert (kept.audience_low, kept.audience_high) == (0, 5)
    # what is read otherwise from now on is read anew
    assert (kept.etag, kept.body_hash) == ("", "")
    assert kept.next_visit_at <= dates.now()
    rules = await MuteRule.filter(school_id=school.card.id, source_id=one.id).order_by("words").values("words", "by_id")
    assert [(rule["words"], rule["by_id"]) for rule in rules] == [("rerun", ada.id), ("weekly quiz", ada.id)]
    page = await browser.follow(saved)
    assert '<option selected value="es">Spanish</option>' in page.text
    assert f'<option selected value="{curated.key}">How things work</option>' in page.text
    assert '<option selected value="0">Kindergarten</option>' in page.text
    assert "rerun\nweekly quiz" in page.text.replace("\r", "")
    assert await AuditEntry.filter(school_id=school.card.id, act="change feed", by_id=ada.id).count() == 1


async def test_another_language_makes_the_feed_be_read_anew_and_another_topic_does_not(browser, school, ada, one):
    await browser.sign_in(ada).post(f"/curate/sources/{one.key}/change", sent(one, topic="Science"))
    assert (await Source.get(school_id=school.card.id, id=one.id)).etag == '"v1"'
    await browser.post(f"/curate/sources/{one.key}/change", sent(one, topic="Science", language="fr"))
    assert (await Source.get(school_id=school.card.id, id=one.id)).etag == ""


async def test_words_that_are_taken_away_let_go_what_they_kept_out(browser, school, ada, one):
    entry = await make.inbox_entry(one, "The rerun of owls")
    mine = InboxEntry.filter(school_id=school.card.id, id=entry.id)
    browser.sign_in(ada)
    await browser.post(f"/curate/sources/{one.key}/change", sent(one, words="rerun"))
    assert (await mine.get()).state is EntryState.MUTED
    first = await MuteRule.get(school_id=school.card.id)
    await browser.post(f"/curate/sources/{one.key}/change", sent(one, words="RERUN\nbonus"))
    assert (await mine.get()).state is EntryState.MUTED
    assert await MuteRule.filter(school_id=school.card.id, id=first.id).exists()
    await browser.post(f"/curate/sources/{one.key}/change", sent(one))
    assert (await mine.get()).state is EntryState.WAITING
    assert await MuteRule.filter(school_id=school.card.id).count() == 0


async def test_what_cannot_be_kept_changes_nothing_and_comes_back_filled(browser, school, ada, one):
    browser.sign_in(ada)
    for wrong, sentence in (
        ({"words": "ab"}, "at least three letters"),
        ({"audience_low": "5", "audience_high": "2"}, "The highest grade is below the lowest."),
        ({"default_list": "nonsense"}, "Choose one of those that are offered."),
        ({"words": "\n".join(f"word{n}" for n in range(41))}, "40 rules at most"),
    ):
        page = await browser.post(f"/curate/sources/{one.key}/change", sent(one, topic="Kept here", **wrong))
        assert page.status_code == 422, wrong
        assert sentence in words_of(page)
        assert 'value="Kept here"' in page.text
    assert (await Source.get(school_id=school.card.id, id=one.id)).topic == ""
    assert await MuteRule.filter(school_id=school.card.id).count() == 0


async def test_who_may_only_look_reads_what_was_decided(browser, school, ada, alma, one):
    await make.curated_list(by=ada, title="How things work")
    await Source.filter(school_id=school.card.id, id=one.id).update(
        topic="<b>Science", language="es", audience_low=2, audience_high=4
    )
    await Visit.create(school_id=school.card.id, source_id=one.id, at=dates.now(), good=True, sentence="3 new.", new=3)
    page = await browser.sign_in(alma).get(f"/curate/sources/{one.key}")
    words = words_of(page)
    assert "Spanish" in words
    assert "Grades 2 to 4" in words
    assert "They brought 3 new entries" in words
    assert "<b>Science" not in page.text
    assert "Remove" not in words
    assert "<textarea" not in page.text


async def test_a_list_or_a_rule_of_another_school_is_out_of_reach(browser, school, ada, one):
    theirs = await make.curated_list(by=school.rosa, title="Theirs")
    page = await browser.sign_in(ada).post(f"/curate/sources/{one.key}/change", sent(one, default_list=theirs.key))
    assert page.status_code == 422
    elsewhere = await make.source("Elsewhere", school="roosevelt")
    assert (await browser.post(f"/curate/sources/{elsewhere.key}/change", sent(elsewhere))).status_code == 404


async def test_a_long_history_costs_no_more_questions(browser, school, ada, one, statements):
    browser.sign_in(ada)
    await browser.get(f"/curate/sources/{one.key}")
    statements.forget()
    await browser.get(f"/curate/sources/{one.key}")
    few = len(statements)
    where = {"school_id": school.card.id, "source_id": one.id}
    for _ in range(30):
        await Visit.create(**where, at=dates.now(), good=True, sentence="1 new.", new=1)
    statements.forget()
    await browser.get(f"/curate/sources/{one.key}")
    assert len(statements) == few
