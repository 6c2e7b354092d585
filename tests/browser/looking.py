"""Somebody before a real browser, and what is asked of each page that this somebody comes to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from re import Pattern
from time import monotonic
from typing import Any, Literal
from urllib.parse import urlsplit
from warnings import catch_warnings, simplefilter, warn

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response

from tests.tools import HOW, from_npm

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}
SMALLEST = {"width": 320, "height": 640}
LOOKS: tuple[tuple[dict[str, int], Literal["light", "dark"]], ...] = (
    (NARROW, "light"),
    (NARROW, "dark"),
    (WIDE, "light"),
    (WIDE, "dark"),
)
# axe sees colours and sizes: one narrow look and one wide, one in each dress
AXE_LOOKS = (LOOKS[1], LOOKS[2])
AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(
    one => one.id + ': ' + one.nodes.slice(0, 4).map(
        node => node.target.join(' ') + ' ' + node.failureSummary).join('; '))"""
SIDEWAYS = """() => {
    const most = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= most) return [];
    const wide = [...document.querySelectorAll("main *, header *, footer *")].filter(
        one => one.getBoundingClientRect().right > most + 0.5 && !one.closest(".scroll"));
    return wide.slice(0, 5).map(one => one.tagName + "." + one.className).concat(["wider than the page"]);
}"""


def axe_source() -> str:
    """The text of axe-core; "" where it is not on this machine, which is said."""
    if place := from_npm("axe-core", "axe.min.js"):
        return place.read_text(encoding="utf-8")
    with catch_warnings():
        simplefilter("always")
        warn(f"AXE-CORE IS NOT HERE: what it would say of the pages is not known in this run. {HOW}", stacklevel=2)
    return ""


class Seat:
    """Somebody before the browser. faults: what no page may do, as it was noticed. looked: what axe said, by page."""

    def __init__(self, browser: Browser, address: str, scripts: bool = True, width: dict[str, int] = WIDE) -> None:
        self.address, self.scripts, self.width = address, scripts, width
        # colours are measured where they are to stay, and not on their way there
        self.context = browser.new_context(viewport=width, java_script_enabled=scripts, reduced_motion="reduce")  # type: ignore[arg-type]
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.axe = axe_source()
        self.headers: dict[str, str] = {}
        self._watch(self.context)
        if not scripts:
            # a worker would fetch the page itself, as somebody who is not signed in
            self.twins = browser.new_context(
                viewport=width,  # type: ignore[arg-type]
                reduced_motion="reduce",
                service_workers="block",
            )
            # what scripts say there is no fault of a page that is seen without them
            self._watch(self.twins, says=False)

    def _watch(self, context: BrowserContext, says: bool = True) -> None:
        context.on("request", self._asked)
        context.on("response", self._answered)
        if says:
            context.on("console", self._said)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(self.address).netloc:
            self.faults.append(f"asked another host: {request.url}")

    def _answered(self, answer: Response) -> None:
        if answer.status >= 500:
            self.faults.append(f"{answer.status} at {answer.url}")
        if answer.request.is_navigation_request() and answer.frame.page == self.page:
            away = ("content-encoding", "content-length", "transfer-encoding", "set-cookie", "refresh")
            self.headers = {name: text for name, text in answer.headers.items() if name not in away}

    def _said(self, message: ConsoleMessage) -> None:
        # a form that is answered with 422 is no fault, and Chromium says it in the same breath as faults
        if message.type in ("error", "warning") and "status of 422" not in message.text:
            self.faults.append(f"console at {self.page.url}: {message.text} {message.location.get('url', '')}")

    def go(self, path: str) -> None:
        """Open a page of the service, which must be there."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == 200, f"{answer.status} at {path}"

    def press(self, name: str) -> None:
        """Press a button by its words; where that leads to another page, until it stands there."""
        self.page.get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state("load")

    def follow(self, name: str | Pattern[str]) -> None:
        """Follow the first link with these words, or words like these, until the page it leads to stands there."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.get_by_role("link", name=name, exact=True).first.click()

    def type(self, label: str, text: str) -> None:
        """Fill in a field by its label."""
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, name: str, value: str, inside: Locator | None = None) -> None:
        """Press one of several choices, at its words, as a finger would."""
        (inside or self.page.locator("main")).locator(f"label:has(input[name='{name}'][value='{value}'])").click()

    def reads(self, *words: str) -> None:
        """The page says each of these, or will in a moment."""
        until = monotonic() + 10
        while missing := [each for each in words if each not in self.words()]:
            assert monotonic() < until, f"{missing} not on {self.page.url}: {self.words()[:1500]}"
            self.page.wait_for_timeout(50)

    def words(self) -> str:
        """All words that one can read on the page, in one line."""
        return " ".join(self.page.locator("main").inner_text().split())

    @contextmanager
    def awake(self) -> Iterator[Page]:
        """The page where our questions can be asked. Where no script may run: what came over the line, word for word,
        with its headers, in a window of its own in which scripts do run."""
        if self.scripts:
            yield self.page
            return
        here, body = self.page.url.partition("#")[0], self.page.content()
        twin = self.twins.new_page()
        twin.route(here, lambda route: route.fulfill(body=body, headers=self.headers))
        twin.goto(here)
        yield twin
        twin.close()

    def look(self, name: str, findings: dict[str, Any], closely: bool = True) -> None:
        """Look at the page from all sides: nothing sideways, nothing axe would say, no request elsewhere, no error.

        Photographs it where ENGAGE_SHOTS names a folder. findings: what was found is told there, by the page's name.
        closely: with axe, which takes its time.
        """
        wrong: list[str] = []
        with self.awake() as page:
            for width in (SMALLEST, NARROW):
                page.set_viewport_size(width)  # type: ignore[arg-type]
                wrong += [f"sideways at {width['width']}: {one}" for one in page.evaluate(SIDEWAYS)]
            if self.axe and closely:
                page.evaluate(self.axe)
                for width, dress in AXE_LOOKS:
                    page.set_viewport_size(width)  # type: ignore[arg-type]
                    page.emulate_media(color_scheme=dress)
                    wrong += [f"axe at {width['width']}, {dress}: {one}" for one in page.evaluate(AXE)]
            if folder := os.environ.get("ENGAGE_SHOTS"):
                for width, dress in LOOKS:
                    page.set_viewport_size(width)  # type: ignore[arg-type]
                    page.emulate_media(color_scheme=dress)
                    page.screenshot(path=Path(folder) / f"{name}-{width['width']}-{dress}.png", full_page=True)
            page.emulate_media(color_scheme="light")
            page.set_viewport_size(self.width)  # type: ignore[arg-type]
        findings[name] = wrong + self.faults
        self.faults = []

    def leave(self) -> None:
        """Close the browser's window."""
        self.context.close()
        if not self.scripts:
            self.twins.close()
