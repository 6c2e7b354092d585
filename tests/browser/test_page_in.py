"""A page from elsewhere, its picture and its links, in a real browser: what is shown is ours and stays in its place."""

import io
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.looking import Seat
from tests.browser.stage import PASSWORD, service, site
from tests.conftest import Place

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.only("sqlite")]

PAGE = b"""<!doctype html><html lang="en"><head><title>Owls at night | The Bird Post</title>
<meta property="og:title" content="Owls at night"><meta property="og:type" content="article">
<meta property="og:description" content="How an owl hears a mouse under the snow.">
<meta property="og:image" content="/owl.png"><meta property="og:site_name" content="The Bird Post">
<meta name="author" content="Ana Vega"></head><body>Hoo</body></html>"""


def picture() -> bytes:
    made = io.BytesIO()
    Image.linear_gradient("L").resize((300, 400)).convert("RGB").save(made, "PNG")
    return made.getvalue()


def test_a_page_is_brought_in_and_its_picture_comes(template: Place, chromium: Browser, tmp_path: Path) -> None:
    url = template.url(shutil.copy(template.template, tmp_path / "engage.sqlite3"))
    findings: dict[str, Any] = {}
    bodies = {"/owls": (PAGE, "text/html; charset=utf-8"), "/owl.png": (picture(), "image/png")}
    with (
        site(bodies) as outside,
        service(url, tmp_path, outside.removeprefix("http://")) as address,
    ):
        ada = Seat(chromium, address)
        ada.go("/sign-in")
        ada.type("Name or e-mail", "ada")
        ada.type("Password", PASSWORD)
        ada.press("Sign in")
        ada.go("/lincoln/curate/resources")
        ada.follow("Add a web page")
        ada.look("page-in", findings)
        ada.type("Address of the page", f"{outside}/owls")
        ada.press("Look at it")
        ada.reads("Look it through")
        expect(ada.page.get_by_label("Title", exact=True)).to_have_value("Owls at night")
        ada.look("page-in-look-through", findings)
        ada.press("Put it into the catalogue")
        ada.reads("Owls at night is in the catalogue.")
        ended = time.monotonic() + 60
        while not ada.page.locator("img.cover").count():
            assert time.monotonic() < ended, "no picture came in a minute"
            time.sleep(0.5)
            ada.page.reload()
        shown = ada.page.locator("img.cover")
        assert shown.evaluate("one => [one.naturalWidth, one.naturalHeight]") == [240, 320]
        box = shown.bounding_box()
        assert box is not None
        assert abs(box["height"] / box["width"] - 4 / 3) < 0.01
        ada.look("resource-with-picture", findings)
        ada.follow("Picture")
        ada.reads("A picture that one of you chose.")
        ada.look("picture", findings)
        ada.press("Use the drawn cover")
        ada.reads("as one of you wished")
        assert ada.page.locator("svg.cover").count() == 1
        ada.go("/lincoln/curate/links")
        ada.reads("The one link works.")
        ada.look("links", findings)
        ada.leave()
    assert {name: said for name, said in findings.items() if said} == {}
