"""Pictures of resources: opened in a process apart, drawn anew, kept, shown, and not asked for again too soon."""

import io
import random
from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import pytest
from PIL import Image, PngImagePlugin

from engage.database.job_model import Job
from engage.database.queue import timetable
from engage.errors import Refused
from engage.outside.fetch import Door
from engage.resources import picture_seeking, pictures
from engage.resources.models import Cover, CoverImage, Identifier, Resource
from engage.resources.picture_seeking import covers, seek
from engage.resources.pictures import OWN, darkroom, develop, key_for, shape_of
from engage.resources.rules import ResourceState
from tests import make
from tests.faults.hostile import hostile

ISBN = "9780142410370"
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


@pytest.fixture
async def site():
    async with hostile() as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def room():
    yield
    darkroom().close()
    darkroom.cache_clear()


def file(kind: str = "JPEG", size: tuple[int, int] = (300, 450), mode: str = "RGB", **more: object) -> bytes:
    """A picture that goes from dark to light."""
    made = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(made, kind, **more)
    return made.getvalue()


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_a_picture_is_drawn_anew_in_three_widths(format):
    made = await develop(file(format, (600, 900)))
    assert (made.width, made.height) == (600, 900)
    drawn = [opened(body) for _, _, body in made.images]
    assert [one.format for one in drawn] == ["WEBP"] * 3
    assert [one.size for one in drawn] == [(120, 180), (240, 360), (480, 720)]
    assert [(width, height) for width, height, _ in made.images] == [(120, 180), (240, 360), (480, 720)]


async def test_nothing_of_the_file_is_handed_on():
    told = Image.Exif()
    told[0x010E] = "taken in the garden of Sam Diaz"
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "<script>alert(1)</script>")
    for body in (
        file("JPEG", exif=told, comment=b"<script>alert(1)</script>", icc_profile=b"profile" * 40),
        file("PNG", pnginfo=note),
        file("WEBP", exif=told, xmp=b"<script>alert(1)</script>"),
        file("GIF") + b"<?php system('id') ?><script>alert(1)</script>",
    ):
        for _, _, drawn in (await develop(body)).images:
            assert not any(word in drawn for word in (b"script", b"garden", b"php", b"profile"))
            assert not opened(drawn).info.keys() & {"exif", "xmp", "icc_profile", "comment"}


async def test_a_small_picture_is_not_blown_up_and_a_turned_one_is_set_upright():
    made = await develop(file(size=(180, 270)))
    assert [opened(body).size for _, _, body in made.images] == [(120, 180), (180, 270)]
    turned = Image.Exif()
    turned[0x0112] = 6
    made = await develop(file(size=(300, 200), exif=turned))
    assert (made.width, made.height) == (200, 300)


async def test_what_shines_through_stands_on_white():
    made = io.BytesIO()
    clear = Image.new("RGBA", (200, 300), (0, 0, 0, 0))
    clear.paste(Image.new("RGBA", (100, 100), (200, 30, 30, 255)), (0, 0))
    clear.save(made, "PNG")
    drawn = opened((await develop(made.getvalue())).images[1][2])
    corner = drawn.convert("RGB").getpixel((drawn.width - 5, drawn.height - 5))
    assert isinstance(corner, tuple)
    assert min(corner) > 250


SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


# the body is made by its own test: the huge one takes seconds, and every process that tests reads this
@pytest.mark.parametrize(
    ("body", "why"),
    [
        (lambda: SVG, "kind"),
        (lambda: b"<html>Not found</html>", "kind"),
        (lambda: b"", "kind"),
        (lambda: file("BMP"), "kind"),
        (lambda: file("TIFF"), "kind"),
        (lambda: file("ICO"), "kind"),
        (lambda: file(size=(1, 1)), "small"),
        (lambda: file(size=(400, 40)), "small"),
        (lambda: file(size=(800, 100)), "narrow"),
        (lambda: file("GIF", (9_000, 9_000)), "huge"),
        (lambda: file()[:900], "broken"),
        (lambda: file("PNG")[:500], "broken"),
    ],
)
async def test_what_is_no_cover_is_refused_with_the_reason(body, why):
    with pytest.raises(Refused) as refused:
        await develop(body())
    assert refused.value.sentence == pictures.REFUSED[why]
    # and the process that opened it is as good as before
    assert (await develop(file())).width == 300


async def test_a_picture_of_one_color_says_nothing():
    made = io.BytesIO()
    Image.new("RGB", (200, 300), (250, 250, 250)).save(made, "PNG")
    with pytest.raises(Refused, match="one color"):
        await develop(made.getvalue())


async def test_a_picture_that_unpacks_to_far_too_much_is_refused_before_it_is_unpacked():
    made = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(made, "PNG")
    assert len(made.getvalue()) < 200_000
    before = darkroom().killed
    with pytest.raises(Refused, match="too many points"):
        await develop(made.getvalue())
    assert darkroom().killed == before


async def test_many_damaged_pictures_cost_an_answer_each_and_no_process():
    chance = random.Random(11)
    whole = [file(kind, (90, 120)) for kind in ("JPEG", "PNG", "GIF", "WEBP")]
    before = darkroom().killed
    answers: Counter[str] = Counter()
    for number in range(300):
        body = bytearray(whole[number % 4])
        for _ in range(chance.randint(1, 12)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        try:
            answers[str((await develop(bytes(body[: chance.randint(len(body) // 2, len(body))]))).images[0][0])] += 1
        except Refused as no:
            answers[no.sentence] += 1
    assert answers.keys() <= {*pictures.REFUSED.values(), "120"}
    assert darkroom().killed == before
    assert (await develop(file())).width == 300


async def again(one: Resource) -> Resource:
    return await Resource.get(id=one.id, school_id=one.school_id)  # type: ignore[attr-defined]


async def cover_row(one: Resource) -> Cover:
    return await Cover.get(resource_id=one.id, school_id=one.school_id)  # type: ignore[attr-defined]


async def test_a_picture_is_fetched_once_and_shown(site, school, browser, ada):
    site.extra["/c.jpg"] = "image/jpeg", file()
    one = await make.resource("Owl Moon", cover=site.base + "/c.jpg")
    assert await seek(Door(site.pairs), "", NOW) == 1
    shown = await again(one)
    assert shown.version == one.version + 1
    assert shape_of(shown.picture) == pytest.approx(1.5, abs=0.002)
    assert await CoverImage.filter(school_id=school.card.id).count() == 3
    assert await seek(Door(site.pairs), "", NOW + timedelta(days=60)) == 0
    assert len(site.seen) == 1

    page = await browser.sign_in(ada).get(f"/resources/{one.key}")
    address = f"/lincoln/covers/{shown.picture}-240.webp"
    assert f'src="{address}"' in page.text
    assert site.base not in page.text
    for reader in (ada, None):
        got = await browser.sign_in(reader).get(address)
        assert (got.status_code, got.headers["content-type"]) == (200, "image/webp")
        assert got.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "vary" not in got.headers
        assert opened(got.content).size == (240, 360)
        same = await browser.get(address, headers={"If-None-Match": got.headers["etag"]})
        assert same.status_code == 304
    many = await browser.get(address, headers={"Range": "bytes=" + ",".join(f"{n}-{n}" for n in range(2_000))})
    assert (many.status_code, many.content) == (200, got.content)


async def test_a_picture_is_found_only_under_its_own_school_and_widths(site, school, browser):
    site.extra["/c.jpg"] = "image/jpeg", file()
    one = await make.resource(cover=site.base + "/c.jpg")
    await seek(Door(site.pairs), "", NOW)
    key = (await again(one)).picture
    assert (await browser.get(f"/lincoln/covers/{key}-480.webp")).status_code == 200
    for wrong in (f"{key}-481", f"{key}-0", f"{key}-x", f"{key_for(2, 3)}-240", f"{key}--240", f"{key}-٢٤٠"):
        assert (await browser.get(f"/lincoln/covers/{wrong}.webp")).status_code == 404
    assert (await browser.get(f"/roosevelt/covers/{key}-240.webp")).status_code == 404


async def test_a_small_picture_is_given_in_its_own_width_where_a_wider_one_is_asked_for(site, school, browser):
    site.extra["/c.jpg"] = "image/jpeg", file(size=(100, 150))
    one = await make.resource(cover=site.base + "/c.jpg")
    await seek(Door(site.pairs), "", NOW)
    assert await CoverImage.filter(school_id=school.card.id).count() == 1
    key = (await again(one)).picture
    for width in (120, 240, 480):
        got = await browser.get(f"/lincoln/covers/{key}-{width}.webp")
        assert (got.status_code, opened(got.content).size) == (200, (100, 150))


async def test_a_miss_is_remembered_for_thirty_days(site, school):
    one = await make.resource(identifiers=(("isbn", ISBN),))
    door = Door(site.pairs)
    assert await seek(door, site.base, NOW) == 0
    assert [asked.path for asked in site.seen] == [f"/b/isbn/{ISBN}-M.jpg?default=false"]
    missed = await cover_row(one)
    assert (missed.found_by, missed.problem, missed.next_try_at) == (
        "openlibrary",
        "The site answered 404.",
        NOW + timedelta(days=30),
    )
    await seek(door, site.base, NOW + timedelta(days=29))
    assert len(site.seen) == 1
    site.extra[f"/b/isbn/{ISBN}-M.jpg"] = "image/jpeg", file()
    assert await seek(door, site.base, NOW + timedelta(days=30)) == 1
    assert (await cover_row(one)).problem == ""


async def test_one_point_that_says_found_is_a_miss(site, school):
    await make.resource(identifiers=(("isbn", ISBN),))
    site.extra[f"/b/isbn/{ISBN}-M.jpg"] = "image/gif", file("GIF", (1, 1))
    assert await seek(Door(site.pairs), site.base, NOW) == 0
    assert (await Cover.get(school_id=school.card.id)).problem == pictures.REFUSED["small"]


async def test_open_library_is_asked_where_the_record_leads_nowhere_and_not_too_often(site, school, monkeypatch):
    monkeypatch.setattr(picture_seeking, "asked_library", deque())
    monkeypatch.setattr(picture_seeking, "LIBRARY_ASKS", 4)
    monkeypatch.setattr(picture_seeking, "ROUND_SECONDS", 20.0)
    for n in range(6):
        one = await make.resource(f"Book {n}", cover=site.base + f"/gone{n}.jpg" if n == 5 else "")
        number = f"97801424103{n}0"
        await Identifier.create(school_id=school.card.id, resource_id=one.id, scheme="isbn", value=number)
    door = Door(site.pairs)
    await seek(door, site.base, NOW)
    assert site.seen[0].path == "/gone5.jpg"
    assert len(site.seen) == 5
    assert await Cover.filter(school_id=school.card.id).count() == 4
    # the others wait until five minutes have passed, and in a long round for their turn
    await seek(door, site.base, NOW)
    assert len(site.seen) == 5
    monkeypatch.setattr(picture_seeking, "LIBRARY_ASKS", 1)
    monkeypatch.setattr(picture_seeking, "LIBRARY_SECONDS", 0.5)
    await seek(door, site.base, NOW)
    assert len(site.seen) == 7
    before, last = list(picture_seeking.asked_library)[-2:]
    assert last - before >= 0.5


async def test_a_site_that_is_down_is_asked_again_tomorrow_and_left_alone_after_three(site, school):
    for n in range(6):
        await make.resource(f"Book {n}", cover=site.base + f"/reset?{n}")
        site.extra[f"/reset?{n}"] = b""
    site.extra["/reset"] = b""
    assert await seek(Door(site.pairs), "", NOW) == 0
    assert len(site.seen) == 3
    rows = await Cover.filter(school_id=school.card.id).values("next_try_at", "problem")
    assert {row["next_try_at"] for row in rows} == {NOW + timedelta(days=1)}
    assert len(rows) == 6
    for day in range(1, 5):
        await seek(Door(site.pairs), "", NOW + timedelta(days=day))
    last = {row["next_try_at"] for row in await Cover.filter(school_id=school.card.id).values("next_try_at")}
    assert last == {NOW + timedelta(days=4 + 30)}


@dataclass(frozen=True)
class Broken(Door):
    """A door with a fault of ours in it."""

    async def fetch(self, *_: object, **__: object) -> NoReturn:
        raise LookupError("Sam Lopez")


async def test_a_picture_at_which_we_fail_ends_nothing_and_is_put_off(site, school, caplog):
    one = await make.resource(cover=site.base + "/owl.jpg")
    site.extra["/owl.jpg"] = "image/jpeg", file()
    assert await seek(Broken(), "", NOW) == 0
    missed = await cover_row(one)
    assert (missed.problem, missed.next_try_at) == (picture_seeking.FAILED, NOW + timedelta(days=1))
    (line,) = (record for record in caplog.records if record.name == "engage.pictures")
    assert (line.error, line.place.split(":")[0]) == ("LookupError", "resources/picture_seeking.py")  # type: ignore[attr-defined]
    assert await seek(Door(site.pairs), "", NOW) == 0
    assert site.seen == []
    assert await seek(Door(site.pairs), "", NOW + timedelta(days=1)) == 1


async def test_a_picture_inside_our_own_network_is_never_fetched(site, school):
    one = await make.resource(cover=site.base + "/c.jpg")
    site.extra["/c.jpg"] = "image/jpeg", file()
    assert await seek(Door(), "", NOW) == 0
    assert site.seen == []
    assert (await again(one)).picture == ""


async def test_a_changed_address_is_looked_at_again_and_a_new_picture_has_a_new_key(site, school):
    site.extra["/a.jpg"] = "image/jpeg", file()
    site.extra["/b.jpg"] = "image/jpeg", file(size=(400, 400))
    one = await make.resource(cover=site.base + "/a.jpg")
    door = Door(site.pairs)
    await seek(door, "", NOW)
    first = (await again(one)).picture
    await pictures.ask_for_cover(one.id)
    assert await Job.filter(name="covers", state="queued").count() == 1
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert await seek(door, "", later) == 0
    assert (await again(one)).picture == first
    await Resource.filter(id=one.id, school_id=school.card.id).update(cover=site.base + "/b.jpg")
    await pictures.ask_for_cover(one.id)
    assert await Job.filter(name="covers", state="queued").count() == 1
    assert await seek(door, "", later) == 1
    second = (await again(one)).picture
    assert shape_of(second) == 1.0
    assert await CoverImage.filter(school_id=school.card.id).values_list("key", flat=True) == [second] * 3


async def test_a_picture_that_is_gone_later_goes_on_being_shown(site, school):
    site.extra["/a.jpg"] = "image/jpeg", file()
    one = await make.resource(cover=site.base + "/a.jpg")
    await seek(Door(site.pairs), "", NOW)
    del site.extra["/a.jpg"]
    await pictures.ask_for_cover(one.id)
    await seek(Door(site.pairs), "", datetime.now(UTC) + timedelta(minutes=1))
    assert (await again(one)).picture
    assert (await cover_row(one)).found_by == "record"


async def test_what_a_person_chose_is_not_looked_for(site, school):
    site.extra["/a.jpg"] = "image/jpeg", file()
    one = await make.resource(cover=site.base + "/a.jpg")
    await pictures.draw_instead(school.card.id, one.id, OWN, None, NOW)
    await pictures.ask_for_cover(one.id)
    assert await seek(Door(site.pairs), "", datetime.now(UTC) + timedelta(minutes=1)) == 0
    assert site.seen == []


async def test_what_a_person_chose_while_a_picture_was_looked_for_stays(site, school):
    one, other = await make.resource("Owl Moon"), await make.resource("Coraline")
    drawn, own = await develop(file()), await develop(file(size=(300, 300)))
    await pictures.draw_instead(school.card.id, one.id, OWN, None, NOW)
    await pictures.keep_picture(school.card.id, other.id, OWN, "", own, NOW)
    chosen = (await again(other)).picture
    for each in (one, other):
        assert not await pictures.keep_picture(school.card.id, each.id, "record", site.base, drawn, NOW)
        await pictures.keep_miss(school.card.id, each.id, "record", site.base, "Gone.", NOW, NOW)
        row = await cover_row(each)
        assert (row.found_by, row.url, row.problem, row.next_try_at) == (OWN, "", "", None)
    assert ((await again(one)).picture, (await again(other)).picture) == ("", chosen)
    assert await pictures.keep_picture(school.card.id, other.id, OWN, "", drawn, NOW)


async def test_the_picture_of_what_is_offered_no_longer_is_kept_from_readers(site, school, browser, ada, sam):
    site.extra["/c.jpg"] = "image/jpeg", file()
    one = await make.resource(cover=site.base + "/c.jpg")
    await seek(Door(site.pairs), "", NOW)
    address = f"/lincoln/covers/{(await again(one)).picture}-240.webp"
    assert (await browser.sign_in(sam).get(address)).status_code == 200
    await Resource.filter(school_id=school.card.id, id=one.id).update(state=ResourceState.WITHDRAWN)
    assert [(await browser.sign_in(each).get(address)).status_code for each in (sam, None, ada)] == [404, 404, 200]


async def test_a_picture_that_drips_holds_up_nobody(site, school, monkeypatch):
    monkeypatch.setattr(picture_seeking, "SECONDS", 0.3)
    async with hostile() as honest:
        honest.extra["/c.jpg"] = "image/jpeg", file()
        for n in range(8):
            await make.resource(f"Slow {n}", cover=f"{site.base}/drip?{n}")
        one = await make.resource("Honest", cover=honest.base.replace("127.0.0.1", "localhost") + "/c.jpg")
        pairs = site.pairs | honest.pairs | {("localhost", honest.port)}
        assert await seek(Door(pairs), "", NOW) == 1
    assert (await again(one)).picture
    assert len(site.seen) == 3
    problems = await Cover.filter(school_id=school.card.id).exclude(problem="").values_list("problem", flat=True)
    assert len(problems) == 8


async def test_the_job_comes_round_and_asks_where_the_operator_says(site, school, settings):
    await make.resource(identifiers=(("isbn", ISBN),))
    assert timetable["covers"].seconds == 300
    assert timetable["check_links"].seconds == 3_600
    site.extra[f"/b/isbn/{ISBN}-M.jpg"] = "image/jpeg", file()
    assert await covers(replace(settings, covers_from="", allowed_outside=site.pairs)) == 0
    assert site.seen == []
    assert await covers(replace(settings, covers_from=site.base, allowed_outside=site.pairs)) == 1
