"""U6: what is stored or foreign is given as a file of its own kind, whole, under a name that nobody guesses."""

import gzip
import inspect
import io
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from engage import dates
from engage.evaluation import actions
from engage.lists.rules import Visibility
from engage.lists.standards_models import Framework
from engage.outside.fetch import Door
from engage.promotion.paper_pages import the_press
from engage.resources.catalogue import uploads
from engage.resources.incoming_models import Import
from engage.resources.models import Cover, CoverImage, Resource
from engage.resources.picture_seeking import seek
from engage.resources.pictures import darkroom
from engage.routes import ROWS
from engage.web.routing import Row
from tests import make
from tests.lists.test_standards import bring as bring_standards
from tests.resources.marc_records import book, iso2709
from tests.school import words_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# every address that gives what is stored, foreign, or to be taken away, with the kind that it gives
FILES = {
    "resources.picture": "image/webp",
    "resources.picture_as_jpeg": "image/jpeg",
    "resources.plain_picture": "image/png",
    "resources.report": "text/csv",
    "resources.opml": "text/x-opml",
    "lists.coverage_csv": "text/csv",
    "promotion.list_csv": "text/csv",
    "promotion.list_xlsx": XLSX,
    "promotion.list_ris": "application/x-research-info-systems",
    "promotion.list_bib": "application/x-bibtex",
    "promotion.list_marc": "application/marc",
    "promotion.list_data": "application/json",
    "promotion.list_csl": "application/vnd.citationstyles.csl+json",
    "promotion.citations": "text/plain",
    "promotion.poster": "application/pdf",
    "promotion.shelf_talkers": "application/pdf",
    "promotion.bookmarks": "application/pdf",
    "promotion.card": "image/png",
    "promotion.qr": "image/svg+xml",
    "classes.progress": "text/csv",
    "evaluation.report_csv": "text/csv",
    "evaluation.report_json": "application/json",
    "evaluation.report_xlsx": XLSX,
    "evaluation.report_pdf": "application/pdf",
}
# made by us for programs that follow them or ask, with the kind of each
FOLLOWED = {
    **{f"promotion.{one}_rss": "application/rss+xml" for one in ("list", "lists")},
    **{f"promotion.{one}_atom": "application/atom+xml" for one in ("list", "lists")},
    **{f"promotion.{one}_json": "application/feed+json" for one in ("list", "lists")},
    "lists.offered_json": "application/feed+json",
    **{f"promotion.opds2_{one}": "application/opds+json" for one in ("root", "lists", "search", "list")},
    "promotion.opds2_resource": "application/opds-publication+json",
    **{f"promotion.opds_{one}": "application/atom+xml" for one in ("root", "lists", "search", "list")},
    "promotion.opds_how_to_search": "application/opensearchdescription+xml",
    "promotion.lists_opml": "text/x-opml",
    "promotion.lists_ics": "text/calendar",
    "resources.as_you_type": "application/json",
}
# pages that are not made in the usual way
PAGES = {"promotion.embed", "promotion.slides"}
# what is ours and no school's: our own files, two words for machines, an answer about public lists, a way to a list
OURS = {"static", "web.healthz", "web.readyz", "web.robots", "promotion.oembed", "promotion.short"}
# nor anybody's: what a browser keeps to log without a connection, and the secret that opens what it sealed
OURS |= {"programs.offline", "programs.worker", "programs.outbox"}
# set for one person or program, and asked with what they need beside their own tests; each is an attachment, since the
# headers say so of any answer of a school that is neither page nor feed
OF_A_PROGRAM = {"programs.numbers_file", "programs.sheets_pdf", "programs.certificate", "promotion.flyer"}
# what a roster would change, for the school's office alone
OF_A_PROGRAM |= {"people.roster_report"}
# the same of a class: tables and small parts of pages, and calendars under an address that is secret
OF_A_CLASS = {f"classes.{one}_progress" for one in ("assignment", "group")}
OF_A_CLASS |= {f"classes.{one}_now" for one in ("show", "assignment")}
OF_A_CLASS |= {f"classes.{one}_calendar" for one in ("my", "class", "program")}
# what is held of one person, and the school's own papers of privacy: asked in tests/people as who may have them
OF_PRIVACY = {"people.own_record_file", "people.full_record", "people.audit_csv", "people.register_csv"}
# of one frozen report, survey or piece of evidence: asked in tests/evaluation
OF_EVALUATION = {f"evaluation.frozen_{one}" for one in ("csv", "json", "xlsx", "pdf")}
OF_EVALUATION |= {"evaluation.survey_csv", "evaluation.survey_xlsx", "evaluation.evidence_file"}
OF_EVALUATION |= {"evaluation.framework_json"}
OF_EVALUATION |= {"evaluation.disclosed_csv", "evaluation.district_csv"}
OF_EVALUATION |= {f"evaluation.figure_{one}" for one in ("csv", "json", "xlsx")}
# what other systems read by a token, as JSON of ours: asked in tests/test_api.py
OF_THE_API = {f"api.{one}" for one in ("description", "schools", "indicators", "lists", "list_items", "programs")}
# and our public key, which platforms for courses ask for
OF_THE_API |= {"classes.jwks"}
OF_THE_API |= {f"api.{one}" for one in ("cycle", "cycles", "district_cycle", "district_cycles")}
# papers and tables of what is on show, and pages of it for frames and screens: asked in tests/promotion
OF_PROMOTION = {"promotion.sign", "promotion.loan_report", "promotion.worked_csv"}
OF_PROMOTION |= {"promotion.display_embed", "promotion.shelf_embed", "promotion.screen"}
# ways that lead somewhere and give no file
WAYS = {"promotion.go", "people.connect", "people.oidc_go", "people.oidc_back", "people.arrived"}
PARTS = "bytes=" + ",".join(f"{n % 10}-{n % 10}" for n in range(2_000))
RANGES = (PARTS, "bytes=" + "0-," * 1_999 + "0-", "bytes=0-0,-1", "bytes=5-2", "bytes=99999999-", "bytes=0-3")
PAYLOAD = b"<script>alert(1)</script><?php evil ?>PK\x03\x04"


@pytest.fixture(scope="module", autouse=True)
def one_of_each() -> Iterator[None]:
    yield
    darkroom().close()
    darkroom.cache_clear()
    the_press().close()
    the_press.__globals__["press_in"].cache_clear()


def picture(kind: str = "PNG", **more: Any) -> bytes:
    made = io.BytesIO()
    Image.linear_gradient("L").resize((300, 450)).convert("RGB").save(made, kind, **more)
    return made.getvalue()


async def choose(browser, body: bytes, name: str = "cover.png", title: str = "Owl Moon"):
    """Bring a picture by the page of a new resource; the answer and the resource's key."""
    one = await make.resource(title, call_number="E YOL")
    sent = await browser.post(
        f"/curate/resources/{one.key}/picture", {"form_key": "k" * 20}, files={"file": (name, body)}
    )
    return sent, one.key


async def shown(school, key: str) -> str:
    return (await Resource.get(school_id=school.card.id, key=key)).picture


def source_of(function: Callable[..., Any], seen: set[Any]) -> str:
    """The lines of a handler and of what it calls in its own room."""
    if function in seen:
        return ""
    seen.add(function)
    lines, room = inspect.getsource(function), sys.modules[function.__module__]
    named = [getattr(room, name, None) for name in set(re.findall(r"\w+", lines))]
    ours = [each for each in named if inspect.isfunction(each) and each.__module__ == room.__name__]
    return lines + "".join(source_of(each, seen) for each in ours)


def gives_a_file(row: Row) -> bool:
    """Whether it may: its address ends like a file's, or nothing in it renders a page."""
    return "." in row.path.rpartition("/")[2] or not re.search(r"\brender\(", source_of(row.handler, set()))


def test_u6_every_address_that_gives_a_file_is_asked():
    """A new one that stands in no list above fails here."""
    found = {row.name for row in ROWS if "GET" in row.methods and gives_a_file(row)}
    # some whose rooms render pages, too, so that only their names tell
    assert found | {"resources.as_you_type", "classes.assignment_now", "evaluation.evidence_file"} == {
        *FILES,
        *FOLLOWED,
        *PAGES,
        *OURS,
        *OF_A_PROGRAM,
        *OF_A_CLASS,
        *OF_PRIVACY,
        *OF_EVALUATION,
        *OF_THE_API,
        *OF_PROMOTION,
        *WAYS,
    }


@pytest.fixture
async def places(browser, school, ada) -> dict[str, str]:
    """The address of each row of FILES and FOLLOWED, each with something to give."""
    browser.sign_in(ada)
    _, key = await choose(browser, picture())
    things = [await Resource.get(school_id=school.card.id, key=key), await make.resource("Sea", call_number="E")]
    await make.curated_list(ada, "Sea", things, slug="sea", published=True, visibility=Visibility.PUBLIC)
    body = iso2709(book(1, "Owl Moon"))
    await browser.post("/curate/imports/new", {"form_key": "m"}, files={"file": ("books.mrc", body)})
    imported = await Import.get(school_id=school.card.id)
    await make.source()
    await bring_standards(school)
    await actions.start_cycle(make.PAST_YEAR, by=ada)
    told = {"slug": "sea", "width": "240", "look": "plum-reading", "cycle": "2024-25", "school": "lincoln"}
    keys = {
        "resources.report": imported.key,
        "lists.coverage_csv": (await Framework.get(school_id=school.card.id)).key,
        "classes.progress": school.room.key,
        "promotion.opds2_resource": key,
    }
    of_picture = await shown(school, key)
    return {
        row.name: row.path.format_map({**told, "key": keys.get(row.name, of_picture)})
        for row in ROWS
        if row.name in FILES or row.name in FOLLOWED
    }


async def asked(browser, school, name: str, path: str, **more: Any):
    browser.sign_in(school.tom if name == "classes.progress" else school.ada)
    if name in OURS:
        return await browser.client.get(path, **more)
    return await browser.get(path, **more)


async def test_u6_each_file_is_an_attachment_of_its_own_kind(browser, school, places):
    wrong = []
    for name, kind in FILES.items():
        answer = await asked(browser, school, name, places[name])
        told = answer.headers.get("content-disposition", "")
        right = (
            answer.status_code == 200
            and answer.headers["content-type"].partition(";")[0] == kind
            and re.fullmatch(r"attachment; filename=\"[^\"/\\]+\.\w+\"; filename\*=UTF-8''[\w.%~-]+", told)
            and answer.headers["x-content-type-options"] == "nosniff"
            and "default-src 'none'" in answer.headers["content-security-policy"]
            and len(answer.content) > 0
        )
        wrong += [] if right else [(name, answer.status_code, dict(answer.headers))]
    assert wrong == []


async def test_u6_what_programs_follow_is_of_its_own_kind_and_none_that_a_browser_runs(browser, school, places):
    wrong = []
    for name, kind in FOLLOWED.items():
        answer = await asked(browser, school, name, places[name])
        got = (answer.status_code, answer.headers["content-type"].partition(";")[0])
        if got != (200, kind) or answer.headers["x-content-type-options"] != "nosniff":
            wrong.append((name, got))
    assert wrong == []
    assert not {"text/html", "image/svg+xml", "text/xml", "application/xml"} & set(FOLLOWED.values())


async def test_u6_two_thousand_ranges_are_one_part_or_416(browser, school, places):
    wrong = []
    for name, path in [*places.items(), ("static", browser.app.assets.path(min(browser.app.assets.files)))]:
        whole = await asked(browser, school, name, path)
        for ranges in RANGES:
            answer = await asked(browser, school, name, path, headers={"Range": ranges})
            one = answer.status_code == 416 or (
                answer.status_code in (200, 206)
                and "multipart" not in answer.headers["content-type"]
                and len(answer.content) <= max(len(whole.content), 1) * 1.2  # a workbook says when it was made
            )
            wrong += [] if one else [(name, ranges[:20], answer.status_code, answer.headers["content-type"])]
    assert wrong == []


async def test_u6_no_name_of_a_stored_file_is_guessed(browser, school, ada, places):
    browser.sign_in(ada)
    sent, _ = await choose(browser, picture(), title="Another")
    assert sent.status_code == 303
    keys = await CoverImage.filter(school_id=school.card.id).values_list("key", flat=True)
    assert len(set(keys)) == 2  # the same picture twice
    assert all(re.fullmatch(r"[0-9a-z]{13}", each) for each in keys)
    # none is a neighbour of another, and none is found by a number or by what it was called
    for name in ("resources.picture", "resources.picture_as_jpeg", "resources.report"):
        path = places[name]
        held = next(part for part in re.split(r"[/.-]", path) if re.fullmatch(r"[0-9a-z]{13}", part))
        next_one = held[:-1] + ("1" if held[-1] != "1" else "2")
        for wrong in (next_one, "1", "cover", "books", held[:12], held.upper() if held.upper() != held else "0"):
            assert (await browser.get(path.replace(held, wrong))).status_code == 404, (name, wrong)
        assert (await browser.sign_in(school.rosa).get(path.replace("lincoln", "roosevelt"))).status_code == 404
        assert (await browser.sign_in(ada).get(path)).status_code == 200


async def test_u6_what_lies_among_the_uploads_has_no_address(browser, school, ada, places):
    folder = uploads(browser.app.settings.data_folder)
    (kept,) = folder.iterdir()
    for start in ("", "/lincoln", "/static", "/static/..", "/static/%2e%2e", "/static/..%2f..", "/lincoln/covers"):
        for path in (f"{start}/uploads/{kept.name}", f"{start}/{kept.name}", f"{start}//{kept}"):
            for reader in (None, ada):
                browser.sign_in(reader)
                await browser.be_known()
                answer = await browser.client.get(path)
                assert answer.status_code in (400, 404), path
                assert b"Owl Moon" not in answer.content


POLYGLOTS = {
    "PNG with words and a tail": lambda: (
        picture("PNG", pnginfo=words_in_png(), exif=described(), icc_profile=b"\x00" * 128 + PAYLOAD) + PAYLOAD
    ),
    "JPEG with a comment and a tail": lambda: (
        picture("JPEG", comment=PAYLOAD, exif=described(), icc_profile=PAYLOAD * 9) + PAYLOAD
    ),
    "GIF with a comment and a tail": lambda: picture("GIF", comment=PAYLOAD) + PAYLOAD,
    "WebP with notes and a tail": lambda: picture("WEBP", exif=described(), xmp=PAYLOAD) + PAYLOAD,
}


def described() -> bytes:
    told = Image.Exif()
    told[0x010E] = PAYLOAD.decode("latin-1")
    return told.tobytes()


def words_in_png() -> PngImagePlugin.PngInfo:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", PAYLOAD.decode("latin-1"))
    return told


@pytest.mark.parametrize("name", POLYGLOTS)
async def test_u6_images_are_made_anew(browser, school, ada, name):
    body = POLYGLOTS[name]()
    assert PAYLOAD in body
    sent, key = await choose(browser.sign_in(ada), body)
    assert sent.status_code == 303
    of_picture = await shown(school, key)
    rows = [bytes(each) for each in await CoverImage.filter(school_id=school.card.id).values_list("body", flat=True)]
    given = [(await browser.get(f"/covers/{of_picture}-240.{ending}")).content for ending in ("webp", "jpg")]
    for made in (*rows, *given):
        assert not any(part in made for part in (PAYLOAD, b"script", b"php", b"PK\x03\x04", b"EXIF", b"XMP", b"ICCP"))
        with Image.open(io.BytesIO(made)) as opened:
            assert opened.format in ("WEBP", "JPEG")
            assert not {"exif", "xmp", "icc_profile", "comment"} & set(opened.info)
    assert {made[:4] for made in rows} == {b"RIFF"}


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='300' height='450'><script>alert(1)</script><rect/></svg>"
DRAWINGS = {
    "cover.svg": SVG,
    "cover.png": SVG,
    "declared.svg": b'<?xml version="1.0"?>\n<!DOCTYPE svg>\n' + SVG,
    "marked.svg": b"\xef\xbb\xbf  \n" + SVG,
    "packed.svgz": gzip.compress(SVG),
    "wide.svg": SVG.decode().encode("utf-16"),
    "page.jpg": b"<html><body>" + SVG,
    "behind.png": b"\x89PNG\r\n\x1a\n" + SVG,
}


@pytest.mark.parametrize("name", DRAWINGS)
async def test_u6_svg_is_refused(browser, school, ada, server, name):
    sent, key = await choose(browser.sign_in(ada), DRAWINGS[name], name)
    assert (sent.status_code, "It opens JPEG, PNG, GIF and WebP." in words_of(sent)) == (422, True)
    # and where the address in a record leads to one
    server.extra["/c.jpg"] = "image/jpeg", DRAWINGS[name]
    server.extra["/c.svg"] = "image/svg+xml", DRAWINGS[name]
    for ending in ("jpg", "svg"):
        await make.resource(f"Found {ending}", cover=f"{server.base}/c.{ending}")
    assert await seek(Door(server.pairs), "", dates.now()) == 0
    assert {request.path for request in server.seen} == {"/c.jpg", "/c.svg"}
    assert await CoverImage.filter(school_id=school.card.id).count() == 0
    assert await Cover.filter(school_id=school.card.id).exclude(digest="").count() == 0
    assert await shown(school, key) == ""
