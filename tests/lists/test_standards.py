"""Standards: a framework comes in, twice and changed; lists and resources serve it; what covers what is counted."""

import json
from dataclasses import replace

import pytest

from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import aligning, standards, standards_import
from engage.lists.models import CuratedList
from engage.lists.queries import list_for
from engage.lists.rules import Visibility
from engage.lists.standards_models import Alignment, Framework, Standard
from engage.people.rules import Reader
from engage.resources.models import Resource
from feeds import case
from tests import make
from tests.conftest import Statements
from tests.feeds.case_packages import SMALL, name_of
from tests.school import Browser, TestSchool, words_of

GIVEN = case.read_case(json.dumps(SMALL).encode())
WORDS = ("retell", "ask", "compare", "craft", "key ideas")


async def bring(school: TestSchool, given: case.Framework = GIVEN) -> standards_import.Changes:
    return (await standards_import.bring_in(school.card.id, given, school.ada.id))[1]


async def key_of(school: TestSchool, word: str) -> str:
    return (await Standard.get(school_id=school.card.id, identifier=name_of(word))).key


async def stored(school: TestSchool) -> list[tuple[str, int, int, str | None]]:
    rows = Standard.filter(school_id=school.card.id, gone_at__isnull=True).order_by("position")
    return await rows.values_list("code", "depth", "position", "parent__code")


async def test_a_framework_comes_in_whole_and_a_second_time_changes_nothing(school: TestSchool) -> None:
    changes = await bring(school)
    assert (len(changes.added), changes.changed, changes.gone, changes.same) == (5, (), (), 0)
    assert await stored(school) == [
        ("R.1", 0, 1, None),
        ("R.1.a", 1, 2, "R.1"),
        ("R.1.a.1", 2, 3, "R.1.a"),
        ("R.1.b", 1, 4, "R.1"),
        ("R.2", 0, 5, None),
    ]
    held = await Standard.filter(school_id=school.card.id).order_by("id").values()
    framework = await Framework.filter(school_id=school.card.id).values()
    again = await bring(school)
    assert (again.any, again.same) == (False, 5)
    assert await Standard.filter(school_id=school.card.id).order_by("id").values() == held
    assert await Framework.filter(school_id=school.card.id).values() == framework
    assert await Standard.filter(school_id=school.roosevelt.id).count() == 0


async def test_a_newer_edition_changes_what_differs_and_keeps_what_is_gone(school: TestSchool) -> None:
    await bring(school)
    curated = await make.curated_list(school.ada, "Sea", 2, published=True)
    await aligning.align_list(curated.key, [await key_of(school, "craft")], by=school.ada)
    first, ask, retell, compare, _ = GIVEN.items
    fresh = case.Item("new", "Something new.", "R.3", parent=retell.identifier, depth=3)
    newer = replace(GIVEN, version="2027", items=(first, ask, retell, fresh, replace(compare, statement="Else.")))
    changes = await standards_import.what_would_change(school.card.id, newer)
    assert changes.added == ("R.3: Something new.",)
    # one is another, and it stands one further down
    assert changes.changed == ("R.1.b: Else.",)
    assert changes.gone == ("R.2: Pupils craft.",)
    assert (changes.same, changes.renamed) == (3, True)
    assert len(await stored(school)) == 5
    assert await bring(school, newer) == changes
    assert [code for code, *_ in await stored(school)] == ["R.1", "R.1.a", "R.1.a.1", "R.3", "R.1.b"]
    (served,) = await standards.of_list(school.ada, await list_for(school.ada, "sea"))
    assert (served["code"], served["gone"], served["whole"]) == ("R.2", True, True)
    back = await bring(school)
    assert back.gone == ("R.3: Something new.",)
    assert set(back.changed) == {"R.1.b: Pupils compare.", "R.2: Pupils craft."}
    assert [code for code, *_ in await stored(school)] == ["R.1", "R.1.a", "R.1.a.1", "R.1.b", "R.2"]


async def test_a_framework_of_thousands_comes_in_by_parts_and_moves_within_itself(school: TestSchool) -> None:
    tops = [case.Item(f"t{n}", f"Part {n}") for n in range(3)]
    items = [
        each
        for top in tops
        for each in (
            top,
            *(case.Item(f"{top.identifier}.{n}", f"S {n}", parent=top.identifier, depth=1) for n in range(400)),
        )
    ]
    many = case.Framework("many", "Many", items=tuple(items))
    assert len((await bring(school, many)).added) == 1_203
    assert await Standard.filter(school_id=school.card.id, parent__identifier="t1").count() == 400
    moved = replace(many, items=(items[401], *items[402:802], items[0], *items[1:401], *items[802:]))
    assert len((await bring(school, moved)).changed) == 802
    assert not (await bring(school, moved)).any
    rows = (
        await Standard.filter(school_id=school.card.id)
        .order_by("position")
        .values_list("identifier", "parent__identifier")
    )
    assert [name for name, _ in rows] == [each.identifier for each in moved.items]
    assert [parent or "" for _, parent in rows] == [each.parent for each in moved.items]


async def test_who_may_change_a_list_says_what_it_serves(school: TestSchool) -> None:
    await bring(school)
    mine = await make.curated_list(school.tom, "Mine", 2)
    theirs = await make.curated_list(school.ada, "Theirs", 2, published=True)
    thing = await make.resource("Owl Moon")
    keys = [await key_of(school, word) for word in WORDS]
    assert await aligning.align_list(mine.key, keys[:2], by=school.tom) == 2
    assert await aligning.align_list(mine.key, keys[:3], by=school.tom) == 1
    assert (await CuratedList.get(school_id=school.card.id, id=mine.id)).version == mine.version + 2
    for reader, refusal in ((school.tom, NotAllowed), (school.vera, NotAllowed), (school.rosa, NotFound)):
        with pytest.raises(refusal):
            await aligning.align_list(theirs.key, keys[:1], by=reader)
        with pytest.raises((NotAllowed, NotFound)):
            await aligning.align_resource(thing.key, keys[:1], by=reader)
    with pytest.raises(NotFound):
        await aligning.align_list(theirs.key, ["nosuchone0000", "x" * 40], by=school.ada)
    assert await aligning.align_resource(thing.key, keys, by=school.ada) == 5
    assert (await Resource.get(school_id=school.card.id, id=thing.id)).version == thing.version + 1
    await aligning.drop_from_resource(thing.key, keys[0], by=school.ada)
    await aligning.drop_from_list(mine.key, keys[0], by=school.tom)
    with pytest.raises(NotAllowed):
        await aligning.drop_from_list(theirs.key, keys[0], by=school.tom)
    assert [row["code"] for row in await standards.of_list(school.tom, await list_for(school.tom, "mine"))] == [
        "R.1.a",
        "R.1.b",
    ]
    assert len(await standards.of_resource(school.ada, thing.id)) == 4


async def test_nothing_serves_everything(school: TestSchool) -> None:
    many = case.Framework("many", "Many", items=tuple(case.Item(f"i{n}", f"S {n}") for n in range(aligning.MOST + 1)))
    await bring(school, many)
    curated = await make.curated_list(school.ada, "Sea", 2)
    keys = [key for (key,) in await Standard.filter(school_id=school.card.id).values_list("key")]
    assert await aligning.align_list(curated.key, keys[:-1], by=school.ada) == aligning.MOST
    with pytest.raises(Refused, match="says nothing"):
        await aligning.align_list(curated.key, keys[-1:], by=school.ada)
    assert await Alignment.filter(school_id=school.card.id).count() == aligning.MOST


async def covered(reader: Reader, **narrowed: object) -> dict[str, tuple[int, int]]:
    framework = (await standards.frameworks(reader))[0]
    asked = {"grade": None, "served": None, **narrowed}
    page, served = await standards.coverage(reader, framework["id"], **asked)
    nothing = standards.Served()
    found = ((row["code"], served.get(row["id"], nothing)) for row in page.rows)
    return {code: (len(by.lists), len(by.resources)) for code, by in found}


async def test_coverage_counts_what_the_reader_sees(school: TestSchool) -> None:
    await bring(school)
    owl, moon, lone = [await make.resource(title) for title in ("Owl", "Moon", "Lone")]
    out = await make.curated_list(school.ada, "Out", [owl, moon], published=True)
    draft = await make.curated_list(school.ada, "Draft", [lone])
    craft, ask = await key_of(school, "craft"), await key_of(school, "ask")
    await aligning.align_list(out.key, [craft], by=school.ada)
    await aligning.align_list(draft.key, [craft, ask], by=school.ada)
    await aligning.align_resource(owl.key, [craft, ask], by=school.ada)
    every = {"R.1": (0, 0), "R.1.a": (0, 1), "R.1.a.1": (0, 0), "R.1.b": (0, 0), "R.2": (1, 2)}
    assert await covered(school.sam) == every
    assert await covered(school.sam, served=True) == {"R.1.a": (0, 1), "R.2": (1, 2)}
    assert list(await covered(school.sam, served=False)) == ["R.1", "R.1.a.1", "R.1.b"]
    # what says no grade is for all
    assert list(await covered(school.sam, grade=4)) == ["R.1", "R.1.a.1", "R.1.b"]
    assert list(await covered(school.sam, grade=-1)) == ["R.1", "R.1.a.1", "R.2"]
    # a school list is not there for visitors, and a draft for nobody
    assert (await covered(Reader(school.card)))["R.2"] == (0, 1)
    framework = (await standards.frameworks(school.ada))[0]
    assert await standards.counts(school.ada, framework["id"], None) == {"": 5, "without": 3, "with": 2}
    page, many = await standards.idle(school.sam, framework["id"])
    assert ([row["title"] for row in page.rows], many) == (["Lone"], 1)
    page, many = await standards.idle(Reader(school.card), framework["id"])
    assert ([row["title"] for row in page.rows], many) == (["Lone", "Moon"], 2)
    await Resource.filter(school_id=school.card.id, id=owl.id).update(state="withdrawn")
    assert await covered(school.sam, served=True) == {"R.2": (1, 1)}


async def test_standards_are_found_by_code_and_by_words(school: TestSchool) -> None:
    await bring(school)

    async def found(words: str, framework: str = "") -> list[str]:
        return [row["code"] for row in await standards.find(school.ada, words, framework)]

    assert await found("r.1.a") == ["R.1.a", "R.1.a.1"]
    assert await found("questions answer") == ["R.1.a"]
    assert await found("%") == await found("_") == await found("no such words") == []
    key = (await standards.frameworks(school.ada))[0]["key"]
    assert len(await found("", key)) == 5
    assert await found("pupils", "anotherone000") == []


@one_transaction
async def align_many(school: TestSchool, curated: CuratedList) -> None:
    rows = await Standard.filter(school_id=school.card.id).values_list("id")
    of = {"school_id": school.card.id, "curated_id": curated.id}
    await Alignment.bulk_create([Alignment(**of, standard_id=number) for (number,) in rows])


async def test_pages_of_standards_cost_the_same_however_many(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    await bring(school)
    key = (await standards.frameworks(school.ada))[0]["key"]
    curated = await make.curated_list(school.ada, "Sea", 3, published=True)
    browser.sign_in(school.ada)
    paths = ("/standards", f"/standards/{key}", f"/standards/{key}/coverage", f"/standards/{key}/unused")

    async def costs() -> list[int]:
        found = []
        await browser.get("/lists")  # what is counted now and then is counted before
        for path in paths:
            statements.forget()
            assert (await browser.get(path)).status_code == 200
            found.append(len(statements))
        return found

    await aligning.align_list(curated.key, [await key_of(school, "ask")], by=school.ada)
    before = await costs()
    items = (case.Item(f"i{n}", f"S {n}", depth=0) for n in range(150))
    await bring(school, replace(GIVEN, items=(*GIVEN.items, *items)))
    await Alignment.filter(school_id=school.card.id).delete()
    await align_many(school, curated)
    assert await costs() == before
    assert max(before) <= 9


async def test_a_specialist_brings_a_framework_in_and_says_what_a_list_serves(
    browser: Browser, school: TestSchool
) -> None:
    curated = await make.curated_list(school.ada, "Tides", 2, published=True, visibility=Visibility.PUBLIC)
    browser.sign_in(school.ada)
    wrong = await browser.post("/curate/standards", files={"file": ("x.json", b'{"a": 1}')})
    assert (wrong.status_code, "it is not a package of CASE" in wrong.text) == (422, True)
    assert (await browser.post("/curate/standards", {"form_key": "x"})).status_code == 422
    sent = await browser.post("/curate/standards", files={"file": ("x.json", json.dumps(SMALL).encode())})
    look = sent.headers["location"]
    page = await browser.get(look)
    assert "Nothing is written yet." in words_of(page)
    assert "5 new" in words_of(page)
    # a look is another school's as little as a framework is
    assert (await browser.sign_in(school.rosa).get(look.replace("lincoln", "roosevelt"))).status_code == 404
    done = await browser.follow(await browser.sign_in(school.ada).post(look))
    assert "The framework is here: 5 added." in words_of(done)
    assert (await browser.get(look)).status_code == 404
    framework = str(done.url.path)
    for name in ("..%2f..%2fetc", "AAAAAAAAAAAAA", "short"):
        assert (await browser.get(f"/curate/standards/{name}")).status_code == 404

    picker = f"/curate/lists/{curated.key}/standards"
    page = await browser.get(f"{picker}?q=R.1")
    assert page.text.count('type="checkbox"') == 4
    empty = await browser.post(f"{picker}?q=R.1", {"form_key": "x"})
    assert (empty.status_code, "Tick the standards" in empty.text) == (422, True)
    ask, craft = await key_of(school, "ask"), await key_of(school, "craft")
    page = await browser.follow(await browser.post(f"{picker}?q=R.1", {"standards": [ask, craft]}))
    assert "2 standards added." in words_of(page)
    assert page.url.query == b"q=R.1"
    await browser.post(picker, {"drop": craft})

    for reader in (None, school.sam, school.ada):
        page = await browser.sign_in(reader).get("/lists/tides")
        assert "R.1.a Pupils ask and answer questions." in words_of(page)
        assert "R.2" not in words_of(page)
        assert "Tides" in words_of(await browser.get(framework))
    table = (await browser.get(f"{framework}/coverage.csv")).text.splitlines()
    assert table[2] == "R.1.a,Pupils ask and answer questions.,,0,2,1,2,Tides"
    assert len(table) == 6
    narrowed = (await browser.get(f"{framework}/coverage?grade=4")).text
    assert '<option value="4" selected>' in narrowed
    assert "/coverage.csv?grade=4" in narrowed
    await CuratedList.filter(school_id=school.card.id, id=curated.id).update(visibility=Visibility.SCHOOL, version=99)
    assert "R.1.a" in (await browser.get("/lists/tides")).text
    assert "R.1.a" not in (await browser.sign_in(school.sam).get("/lists/tides")).text
    await CuratedList.filter(school_id=school.card.id, id=curated.id).update(visibility=Visibility.PUBLIC, version=100)
    assert "answer questions." in words_of(await browser.sign_in(None).get("/lists/tides"))
    renamed = json.loads(json.dumps(SMALL).replace("answer questions", "answer riddles"))
    sent = await browser.sign_in(school.ada).post(
        "/curate/standards", files={"file": ("x.json", json.dumps(renamed).encode())}
    )
    done = await browser.follow(await browser.post(sent.headers["location"]))
    assert "The framework is here: 1 changed." in words_of(done), words_of(done)
    assert "Pupils ask and answer riddles." in words_of(await browser.sign_in(None).get("/lists/tides"))
    for reader in (None, school.rosa, school.sam):
        browser.sign_in(reader)
        assert "What covers it" not in words_of(await browser.get(framework))
        for page in ("coverage", "coverage.csv", "unused"):
            assert (await browser.get(f"{framework}/{page}")).status_code == 404
    for reader, status in ((school.tom, 404), (school.sam, 404), (school.alma, 404)):
        assert (await browser.sign_in(reader).get("/curate/standards")).status_code == status
    assert (await browser.sign_in(school.tom).get(picker)).status_code == 403
