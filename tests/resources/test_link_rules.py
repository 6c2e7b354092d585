"""What a look at a link means."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engage.resources.link_rules import (
    AWAY_FOR_GOOD,
    GONE_FOR_GOOD,
    Looked,
    Standing,
    fingerprint,
    is_night,
    judge,
    next_look,
    title_in,
)
from engage.resources.rules import LinkState

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
URL = "https://example.org/owls/moon"
ALIVE = Standing(URL, LinkState.ALIVE)
MARK = fingerprint(b"Owls at night")
GONE = Looked(404, URL)


def ok(url: str = URL, permanent: str | None = None, title: bytes = b"") -> Looked:
    return Looked(200, url, permanent, title)


@pytest.mark.parametrize(
    ("looked", "state", "words"),
    [
        (ok(), LinkState.ALIVE, "It works."),
        (Looked(206, URL), LinkState.ALIVE, "It works."),
        (ok("https://example.org/owls/moon-2"), LinkState.ALIVE, "It works."),
        (ok("https://example.org/o", "https://example.org/o"), LinkState.MOVED, "moved for good"),
        (ok("https://example.org/", "https://example.org/"), LinkState.CHANGED, "front page"),
        (ok("https://parked.example/"), LinkState.CHANGED, "front page"),
        (ok("https://example.org/login?next=/owls"), LinkState.SIGN_IN, "for signing in"),
        (ok("https://accounts.example.com/saml2/idp"), LinkState.SIGN_IN, "for signing in"),
        (ok("https://example.org/sign-in"), LinkState.SIGN_IN, "for signing in"),
        (ok("https://example.org/blog/loginess"), LinkState.ALIVE, "It works."),
        (Looked(401, URL), LinkState.SIGN_IN, "user name"),
        (Looked(403, URL), LinkState.SIGN_IN, "does not let us in (403)"),
        (Looked(0, code="address"), LinkState.UNCHECKED, "not public"),
    ],
)
def test_what_a_site_answers_is_said_in_words(looked, state, words):
    after = judge(ALIVE, looked)
    assert (after.state, words in after.found) == (state, True), after.found
    assert after.moved_to == ("https://example.org/o" if state is LinkState.MOVED else "")


@pytest.mark.parametrize(
    ("looked", "most"),
    [
        (Looked(404, URL), GONE_FOR_GOOD),
        (Looked(410, URL), GONE_FOR_GOOD),
        (ok(title=b"404 - Page not found"), GONE_FOR_GOOD),
        (ok(title=b"Sorry, this video is no longer available"), GONE_FOR_GOOD),
        (Looked(500, URL), AWAY_FOR_GOOD),
        (Looked(0, code="unreachable"), AWAY_FOR_GOOD),
        (Looked(0, code="slow"), AWAY_FOR_GOOD),
        (Looked(0, code="redirects"), AWAY_FOR_GOOD),
    ],
)
@pytest.mark.parametrize("before", [ALIVE, Standing(URL, LinkState.UNCHECKED)])
def test_nothing_is_dead_for_one_failure(looked, most, before):
    after = before
    for number in range(1, most):
        after = judge(after, looked)
        assert (after.state, after.failures) == (before.state, number)
        assert next_look(after, 1, NOW) <= NOW + timedelta(days=1)
    after = judge(after, looked)
    assert after.state is LinkState.DEAD
    assert judge(after, ok()).state is LinkState.ALIVE
    assert judge(after, ok()).failures == 0


def test_failures_of_one_day_are_one_failure():
    after = ALIVE
    for _ in range(20):
        after = judge(after, GONE, another_day=after.failures == 0)
    assert (after.state, after.failures) == (LinkState.ALIVE, 1)
    assert judge(after, ok(), another_day=False).failures == 0


def test_one_good_answer_forgets_all_failures():
    after = ALIVE
    for looked in (GONE, GONE, ok(), GONE, GONE):
        after = judge(after, looked)
    assert (after.state, after.failures) == (LinkState.ALIVE, 2)


@pytest.mark.parametrize("status", [429, 503])
def test_a_site_that_asks_for_patience_gets_it(status):
    once = judge(ALIVE, GONE)
    assert judge(once, Looked(status, URL)) == once
    assert next_look(judge(Standing(URL, LinkState.UNCHECKED), Looked(status, URL)), 1, NOW) < NOW + timedelta(days=1)


def test_a_link_with_a_note_about_signing_in_may_ask_for_it():
    noted = replace(ALIVE, access="At school only")
    for looked in (Looked(401, URL), Looked(403, URL), ok("https://example.org/login")):
        assert judge(noted, looked).state is LinkState.ALIVE
    assert judge(replace(ALIVE, url="https://example.org/login"), ok("https://example.org/login/2")).state == "alive"


def test_a_page_with_another_title_has_changed_and_one_with_other_numbers_has_not():
    first = judge(ALIVE, ok(title=b"Owls at night (3) - 25 views"))
    assert (first.state, bool(first.fingerprint)) == (LinkState.ALIVE, True)
    assert judge(first, ok(title=b"  OWLS at Night (1,204) - 9 VIEWS &amp; ")).state is LinkState.ALIVE
    changed = judge(first, ok(title=b"Buy cheap watches"))
    assert (changed.state, changed.fingerprint) == (LinkState.CHANGED, first.fingerprint)
    assert judge(changed, ok(title=b"Buy cheap watches")).state is LinkState.CHANGED
    assert judge(changed, ok(title=b"Owls at night (4) - 2 views")).state is LinkState.ALIVE
    assert judge(first, ok(title=b"")).state is LinkState.ALIVE


def test_the_bytes_of_a_title_are_found_without_being_understood():
    assert title_in(b"<html><head><TITLE lang='en'> Owl\xff moon </title>") == b"Owl\xff moon"
    assert title_in(b"<title><script>x</script></title>") == b""
    assert title_in(b"<title" * 50_000) == b""
    assert title_in(b"<title>" + b"x" * 300_000) == b""


def test_a_link_that_works_is_looked_at_once_a_month():
    found = {(next_look(ALIVE, key, NOW) - NOW).days for key in range(20)}
    assert min(found) >= 26
    assert max(found) == 30
    assert next_look(Standing(URL, LinkState.UNCHECKED, found="not public"), 1, NOW) == NOW + timedelta(days=90)


def test_links_are_looked_at_by_night():
    assert [hour for hour in range(24) if is_night(hour)] == [0, 1, 2, 3, 4, 22, 23]
