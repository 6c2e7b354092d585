import gzip
import os
import re
from pathlib import Path

import pytest

from engage.app import STATIC
from engage.web.assets import Assets, takes_gzip


async def test_a_file_under_its_version_is_kept_for_ever(browser):
    path = browser.app.assets.path("engage.css")
    answer = await browser.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.text == (STATIC / "engage.css").read_text()


async def test_a_file_under_an_old_version_is_given_but_not_kept(browser):
    for path in ("/static/engage.css", "/static/0123456789/engage.css"):
        answer = await browser.client.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


async def test_a_file_is_sent_once(browser):
    path = browser.app.assets.path("engage.css")
    first = await browser.client.get(path)
    again = await browser.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("accepted", "packed"), [("gzip", True), ("br, gzip;q=0.5", True), ("identity", False)])
async def test_text_is_packed_for_those_who_take_it(browser, accepted, packed):
    path = browser.app.assets.path("engage.css")
    async with browser.client.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert (answer.headers.get("content-encoding") == "gzip") is packed
    assert (gzip.decompress(raw) if packed else raw) == (STATIC / "engage.css").read_bytes()


async def test_fonts_come_as_fonts_and_are_not_packed_twice(browser):
    name = next(name for name in browser.app.assets.files if name.endswith(".woff2"))
    answer = await browser.client.get(browser.app.assets.path(name))
    assert answer.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/static/", "/static/nothing.css", "/static/../app.py", "/static/%2e%2e/app.py", "/static/0123456789/../app.py"],
)
async def test_nothing_else_is_given(browser, path):
    assert (await browser.client.get(path)).status_code in (404, 308)


def test_the_version_changes_with_any_file(tmp_path: Path):
    (tmp_path / "a.css").write_text("a{}")
    (tmp_path / "secret.py").write_text("no asset")
    assets = Assets(tmp_path, watch=True, joined={})
    before = assets.path("a.css")
    (tmp_path / "a.css").write_text("a{color:red}")
    os.utime(tmp_path / "a.css", (2_000_000_000, 2_000_000_000))
    assert assets.path("a.css") == before  # it was looked at just now
    assets.looked_at -= 1
    assert assets.path("a.css") != before
    assert set(assets.files) == {"a.css"}


def test_what_goes_out_joined_is_its_sources_in_their_order_and_changes_with_them(tmp_path: Path):
    for name in ("a.css", "b.css"):
        (tmp_path / name).write_text(f"{name[0]}{{}}")
    assets = Assets(tmp_path, watch=True, joined={"site.css": ("b.css", "a.css")})
    before = assets.path("site.css")
    assert (assets.text("site.css"), assets.files["site.css"].media_type) == ("b{}\na{}", "text/css; charset=utf-8")
    (tmp_path / "a.css").write_text("i{}")
    os.utime(tmp_path / "a.css", (2_000_000_000, 2_000_000_000))
    assets.looked_at -= 1
    assert assets.path("site.css") != before
    assert assets.text("site.css") == "b{}\ni{}"


def test_what_a_stylesheet_names_is_there():
    assets = Assets(STATIC)
    for name, asset in assets.files.items():
        if name.endswith(".css"):
            for used in re.findall(r"url\(\s*[\"']?(?!data:)([^)\"'#]+)", asset.body.decode()):
                assert (Path(name).parent / used).as_posix() in assets.files, (name, used)


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [("", False), ("gzip", True), ("GZIP", True), ("*", True), ("gzip;q=0", False), ("br", False), ("x-gzip", False)],
)
def test_who_takes_gzip(accepted, takes):
    assert takes_gzip(accepted) is takes
