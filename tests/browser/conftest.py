"""One chromium for the tests of a file; each test has windows of its own, in which nothing was kept before."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from dev import BROWSERS


@pytest.fixture(scope="module")
def one_chromium() -> Iterator[Browser]:
    """Holds the loop of this thread until it ends: what needs one meanwhile is done in another (stage.done)."""
    with sync_playwright() as driver:
        there = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = driver.chromium.launch(executable_path=there, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def chromium(one_chromium: Browser) -> Iterator[Browser]:
    """For one test: no window of an earlier one is open."""
    assert one_chromium.contexts == []
    yield one_chromium
    for context in one_chromium.contexts:
        context.close()
