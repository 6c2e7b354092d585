"""The bench beside single presses: many ticked at once, results while one types, notes kept while they are typed."""

import re

from engage.lists.models import CuratedList, ListItem, Revision, Section
from engage.lists.together import print_of
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of


async def standing(curated: CuratedList) -> list[str]:
    rows = ListItem.filter(school_id=curated.school_id, curated_id=curated.id).order_by("position")
    titles = await rows.values_list("resource__title", flat=True)
    return [str(title).removeprefix("Book ").removesuffix(" of the sea") for title in titles]


async def test_what_is_ticked_moves_and_goes_with_one_undo(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=6, parts=("Sky", "Snow"))
    bench = f"/curate/lists/{curated.key}"
    rows = ListItem.filter(school_id=school.card.id, curated_id=curated.id).order_by("position")
    keys = [item.key for item in await rows]
    snow = await Section.get(school_id=school.card.id, curated_id=curated.id, title="Snow")
    browser.sign_in(school.ada)

    async def press(act: str, *ticked: int, **more: str) -> str:
        sent = {"bulk": act, "pick": [keys[number - 1] for number in ticked], **more}
        return words_of(await browser.follow(await browser.post(f"{bench}/bulk", sent)))

    async def undo() -> str:
        page = await browser.get(bench)
        address = re.search(r'id="undo" formaction="([^"]+)"', page.text)
        assert address
        return words_of(await browser.follow(await browser.post(address[1])))

    assert "Tick some items first." in await press("top")
    assert "They are moved." in await press("top", 2, 3, 6)
    assert await standing(curated) == ["2", "3", "1", "6", "4", "5"]
    await press("bottom", 2, 6)
    assert await standing(curated) == ["3", "1", "2", "4", "5", "6"]
    await press("part", 1, 3, bulk_part=snow.key)
    assert await standing(curated) == ["2", "4", "5", "6", "3", "1"]
    assert "Nothing changed" in await press("part", 3, 1, bulk_part=snow.key)
    assert "Back where it stood: Book 3 of the sea; Book 1 of the sea." in await undo()
    assert await standing(curated) == ["3", "1", "2", "4", "5", "6"]
    # typed notes come along, and what others moved meanwhile stays moved
    note = {f"note.{keys[4]}.{print_of('Why Book 5 of the sea is here.')}": "Typed"}
    assert "They are off the list." in await press("remove", 1, 2, 4, **note)
    assert await standing(curated) == ["3", "5", "6"]
    await browser.post(f"{bench}/items/{keys[5]}/move", {"to": "up"})
    removal = await Revision.filter(school_id=school.card.id, curated_id=curated.id, act="removed").get()
    back = await browser.follow(await browser.post(f"{bench}/put-back/{removal.number}"))
    assert "Back on the list: Book 1 of the sea; Book 2 of the sea; Book 4 of the sea." in words_of(back)
    assert await standing(curated) == ["3", "1", "2", "4", "6", "5"]
    items = {item.key: item for item in await rows}
    assert [items[keys[n]].annotation for n in (0, 4)] == ["Why Book 1 of the sea is here.", "Typed"]
    assert "Somebody took that away" in await press("part", 1, bulk_part="nonsense")
    answer = await browser.sign_in(school.tom).post(f"{bench}/bulk", {"bulk": "remove", "pick": keys})
    assert answer.status_code == 404


async def test_who_presses_too_late_loses_no_words(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=3)
    first, second, third = await ListItem.filter(school_id=school.card.id, curated_id=curated.id).order_by("position")
    bench = f"/curate/lists/{curated.key}"
    seen = {item.key: print_of(item.annotation) for item in (first, second, third)}
    await browser.sign_in(school.ada).post(f"{bench}/items/{first.key}/remove")
    for act, sent in (("move", {"to": "up"}), ("start", {"start": "1"}), ("remove", {})):
        note = {f"note.{second.key}.{seen[second.key]}": f"Typed before {act}"}
        page = await browser.follow(await browser.post(f"{bench}/items/{first.key}/{act}", {**sent, **note}))
        assert "Somebody took that away while you looked." in words_of(page)
        assert f"Typed before {act}" in page.text
        seen[second.key] = print_of(f"Typed before {act}")
    # what was typed about the very thing that is gone is shown again
    asked = await browser.post(f"{bench}/items/{first.key}/remove", {f"note.{first.key}.{seen[first.key]}": "Lost?"})
    assert asked.status_code == 409
    assert "Lost?" in asked.text
    # a note that was written since does not hide what can be taken back
    assert 'id="undo"' in (await browser.get(bench)).text
    removal = await Revision.filter(school_id=school.card.id, curated_id=curated.id, act="removed").get()
    await browser.post(f"{bench}/put-back/{removal.number}")
    assert 'id="undo"' not in (await browser.get(bench)).text
    assert await standing(curated) == ["1", "2", "3"]


async def test_changes_and_the_bench_take_no_more_statements_on_a_long_list(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    counts: dict[int, list[int]] = {}
    extra = [await make.resource(f"Extra {n}") for n in range(2)]
    for size, thing in zip((40, 140), extra, strict=True):
        curated = await make.curated_list(school.ada, f"Of {size}", size, parts=("Sky", "Snow"))
        bench = f"/curate/lists/{curated.key}"
        keys = [
            item.key for item in await ListItem.filter(school_id=school.card.id, curated_id=curated.id).order_by("id")
        ]
        note = {f"note.{keys[0]}.{print_of('Why Book 1 of the sea is here.')}": "New"}
        await browser.sign_in(school.ada).get(bench)
        counts[size] = []
        for path, sent in (
            ("", None),
            ("/hits?q=extra", None),
            ("/notes/saved", note),
            ("/items", {"resource": thing.key}),
            ("/bulk", {"bulk": "top", "pick": [keys[1], keys[2], keys[-2]]}),
            ("/bulk", {"bulk": "remove", "pick": [keys[1], keys[2], keys[-2]]}),
            ("/put-back/5", {}),
        ):
            statements.forget()
            answer = await (browser.get(bench + path) if sent is None else browser.post(bench + path, sent))
            assert answer.status_code in (200, 303)
            counts[size].append(len(statements))
    # the last one reads a revision, which leans on a second one where that is much shorter
    assert counts[40][:-1] == counts[140][:-1]
    assert abs(counts[40][-1] - counts[140][-1]) <= 1
    assert max(counts[140]) <= 22


async def test_results_come_alone_for_who_types(browser: Browser, school: TestSchool) -> None:
    owl = await make.resource("Owl Moon")
    await make.resource("Moon Jumper")
    curated = await make.curated_list(school.ada, items=[owl])
    path = f"/curate/lists/{curated.key}/hits"
    page = await browser.sign_in(school.ada).get(f"{path}?q=moon")
    assert page.text.count('<li class="hit"') == 2
    assert page.text.count("On the list") == 1
    assert "<html" not in page.text
    assert "Nothing here is called" in words_of(await browser.get(f"{path}?q=zebra"))
    assert "<li" not in (await browser.get(path)).text
    assert (await browser.sign_in(school.sam).get(path)).status_code in (403, 404)


async def test_notes_are_kept_while_they_are_typed(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=2)
    first, second = await ListItem.filter(school_id=school.card.id, curated_id=curated.id).order_by("position")
    path = f"/curate/lists/{curated.key}/notes/saved"
    seen = print_of("Why Book 1 of the sea is here.")
    browser.sign_in(school.ada)
    answer = await browser.post(path, {f"note.{first.key}.{seen}": " Mine\r\n"})
    assert answer.status_code == 200
    assert re.search(r"Saved \d+:\d\d [ap]m", words_of(answer))
    assert f'data-kept="{first.key}" value="{print_of("Mine")}"' in answer.text
    # somebody who began from the words before is asked, and what they wrote beside it is kept
    other = {
        f"note.{first.key}.{seen}": "Theirs",
        f"note.{second.key}.{print_of('Why Book 2 of the sea is here.')}": "2",
    }
    answer = await browser.post(path, other)
    assert answer.status_code == 409
    assert re.findall(r'data-clash="(\w+)" data-seen="(\w+)"', answer.text) == [(first.key, print_of("Mine"))]
    assert "Mine</bdi></q>" in answer.text
    assert re.findall(r'data-kept="(\w+)"', answer.text) == [second.key]
    rows = await ListItem.filter(school_id=school.card.id, curated_id=curated.id).order_by("position")
    assert [row.annotation for row in rows] == ["Mine", "2"]
    long = await browser.post(path, {f"note.{first.key}.{print_of('Mine')}": "x" * 1001})
    assert long.status_code == 422
    assert "1,000 characters" in words_of(long)
    for reader in (school.tom, school.sam):
        for sent in (other, {}):
            assert (await browser.sign_in(reader).post(path, sent)).status_code in (403, 404)
