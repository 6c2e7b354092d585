"""Reads the form of a page, so that a test can send it as a person would who changes one thing."""

from html.parser import HTMLParser

from tests.school import Browser


async def filled(browser: Browser, path: str) -> dict[str, str]:
    """The form of a page as it would be sent unchanged."""
    page = Filled()
    page.feed((await browser.get(path)).text)
    return page.values


class Filled(HTMLParser):
    """Reads what stands in the fields of the sheet on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.inside = False
        self.at = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inside |= tag == "form" and "sheet" in (given.get("class") or "")
        name = given.get("name") or ""
        if not self.inside or tag not in ("input", "textarea", "select", "option"):
            return
        if tag in ("textarea", "select"):
            self.at, self.values[name] = name, ""
        elif tag == "option":
            self.values[self.at] = given.get("value") or "" if "selected" in given else self.values[self.at]
        elif given.get("type") not in ("radio", "checkbox") or "checked" in given:
            self.values[name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self.inside &= tag != "form"
        self.at = "" if tag in ("textarea", "select") else self.at

    def handle_data(self, data: str) -> None:
        if self.inside and self.at and (self.get_starttag_text() or "").startswith("<textarea"):
            self.values[self.at] += data.removeprefix("\r\n")
