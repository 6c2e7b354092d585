"""Every template can be read, keeps to the content policy, and belongs to a page of the house."""

import gzip
import re
import subprocess
import sys
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import meta, nodes
from starlette.requests import Request
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange

from engage.app import STATIC
from engage.errors import Refused
from engage.people.rules import Reader, Role, SchoolCard
from engage.resources import covers
from engage.resources.pictures import key_for, picture_of
from engage.web import render
from engage.web.assets import Assets, show
from engage.web.forms import Form
from engage.web.routing import OPEN, Addresses
from engage.web.routing import page as row
from engage.web.sessions import Said

FOLDER = render.template_folder()
ASSETS = Assets(STATIC)
TEMPLATES = render.make_templates(FOLDER, ASSETS.path, watch=False)
TEMPLATES.globals |= {"draw_cover": covers.cover, "picture_of": picture_of}
FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html"))
# paper is set by itself: a printed sheet has no house around it; what begins with a line is put into pages
PAGES = [
    name
    for name in FILES
    if not name.startswith(("macros/", "paper/")) and "/_" not in f"/{name}" and name != "base.html"
]
CHROME = {"base.html"}

SCHOOL = SchoolCard(1, "k", "lincoln", "Lincoln School", "America/New_York", 1, hours="Open until 4")
SAM = Reader(SCHOOL, 7, "s", "Sam Diaz", "bird", 5, frozenset({Role.STUDENT}))
ADA = Reader(SCHOOL, 8, "a", "Ms. Okafor", "", None, frozenset({Role.SPECIALIST}))
TOM = Reader(SCHOOL, 9, "t", "Mr. Lind", "", None, frozenset({Role.TEACHER}))
DOORS = {
    "promotion.home": "/lincoln/",
    "lists.index": "/lincoln/lists",
    "lists.curate": "/lincoln/curate/lists",
    "programs.index": "/lincoln/programs",
    "programs.desk": "/lincoln/curate/programs",
    "programs.log": "/lincoln/log",
    "resources.search": "/lincoln/search",
    "resources.inbox": "/lincoln/inbox",
    "classes.index": "/lincoln/classes",
    "evaluation.index": "/lincoln/evaluation",
    "people.sign_in": "/sign-in",
    "people.sign_out": "/sign-out",
    "web.theme": "/theme",
}
ADDRESSES = Addresses(
    [row(path.replace("/lincoln", "/{school}"), show, OPEN, name=name) for name, path in DOORS.items()], ""
)


def source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def context(reader: Reader | None, here: str = "/lincoln/lists/look-up", **more: Any) -> dict[str, Any]:
    app = SimpleNamespace(addresses=ADDRESSES, templates=TEMPLATES)
    asked = {"type": "http", "path": here, "headers": [], "path_params": {"school": "lincoln"} if reader else {}}
    known = render.page_context(Request({**asked, "app": app, "user": reader}))
    return known | {"today": date(2026, 11, 4), "said": ()} | more


def page(body: str, reader: Reader | None = SAM, **more: Any) -> str:
    """A page of the house around some macros."""
    blocks = (
        f'{{% extends "base.html" %}}{{% block title %}}A page{{% endblock %}}{{% block main %}}{body}{{% endblock %}}'
    )
    return TEMPLATES.from_string(blocks).render(context(reader, **more))


def parts(body: str, **values: Any) -> str:
    """What some macros print."""
    names = [name for name in dir(TEMPLATES.get_template("macros/parts.html").module) if not name.startswith("_")]
    forms = [name for name in dir(TEMPLATES.get_template("macros/forms.html").module) if not name.startswith("_")]
    wanted = [name for name in names if re.search(rf"\b{name}\(", body)]
    wanted_forms = [name for name in forms if name not in names and re.search(rf"\b{name}\(", body)]
    lines = []
    if wanted:
        lines.append(f'{{% from "macros/parts.html" import {", ".join(wanted)} %}}')
    if wanted_forms:
        lines.append(f'{{% from "macros/forms.html" import {", ".join(wanted_forms)} %}}')
    return TEMPLATES.from_string("".join(lines) + body).render(**values)


def test_every_template_can_be_read():
    for name in FILES:
        TEMPLATES.get_template(name)


def test_every_template_is_well_formed():
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "djlint",
            str(FOLDER),
            "--lint",
            "--quiet",
            "--configuration",
            str(FOLDER.parent / "pyproject.toml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_template_breaks_the_content_policy():
    for name in FILES:
        text = source(name)
        assert "style=" not in text, name
        assert not re.search(r"<style\b", text), name
        assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), name
        # what is said to machines is data: a browser never runs it, so the policy does not ask about it
        assert not re.search(r"<script(?![^>]*\bsrc=)(?! type=\"application/ld\+json\">)", text), name
        assert "javascript:" not in text, name
        loaded = re.findall(r"<(?:script|link|img|source|iframe|use)\b[^>]*?(?:src|href)=\"([^\"]*)\"", text)
        assert [address for address in loaded if re.match(r"(https?:)?//", address)] == [], name


def test_nothing_escapes_escaping():
    for name in FILES:
        tree = TEMPLATES.parse(source(name))
        assert [found.lineno for found in tree.find_all(nodes.Filter) if found.name == "safe"] == [], name
        assert "autoescape" not in source(name), name


def test_every_page_extends_the_house_and_has_a_title():
    for name in PAGES:
        chain, text = [name], source(name)
        while parent := re.search(r'{%-?\s*extends "([^"]+)"', text):
            chain.append(parent[1])
            text = source(parent[1])
        assert chain[-1] == "base.html", name
        blocks = "".join(source(each) for each in chain[:-1])
        assert "block title" in blocks or "block short" in blocks or "front.html" in name, name


def test_no_template_builds_an_address_by_hand():
    for name in sorted(set(FILES) - CHROME):
        built = re.findall(r'(?:href|action)="(/[a-z][^"]*)"', source(name))
        assert built == [], name


def test_every_icon_is_in_the_sprite():
    for name in FILES:
        sprite = set(re.findall(r'id="i-([a-z-]+)"', ASSETS.text("icons.svg")))
        named = set(re.findall(r'\b(?:icon|glyph|icon_button)\(\s*"([a-z-]+)"\s*[,)]', source(name)))
        assert named - sprite == set(), name


def test_every_named_macro_exists():
    for name in FILES:
        for found in TEMPLATES.parse(source(name)).find_all(nodes.FromImport):
            assert isinstance(found.template, nodes.Const), name
            module = TEMPLATES.get_template(found.template.value).module
            names = [each if isinstance(each, str) else each[0] for each in found.names]
            assert [each for each in names if not hasattr(module, each)] == [], name


def test_every_imported_macro_is_used():
    for name in FILES:
        tree = TEMPLATES.parse(source(name))
        imported = {
            each[1] if isinstance(each, tuple) else each
            for one in tree.find_all(nodes.FromImport)
            for each in one.names
        }
        assert imported <= {one.name for one in tree.find_all(nodes.Name)}, name


def test_a_macro_asks_nothing_of_the_page():
    for name in ("macros/parts.html", "macros/forms.html", "macros/charts.html"):
        allowed = {"asset", "art", "charts", "draw_cover", "range", "namespace", "caller", "kwargs"}
        asked = _free_names(name)
        assert asked - allowed == set(), name


def _free_names(name: str) -> set[str]:

    return meta.find_undeclared_variables(TEMPLATES.parse(source(name)))


def test_a_student_finds_the_doors_and_where_they_are():
    text = page("", SAM)
    assert re.findall(r'aria-current="page">.*?</svg>(\w+)</a>', text) == ["Lists"]
    assert [word in text for word in ("Home", "Programs", "My log", "Search", "Sign out")] == [True] * 5
    assert "staff.css" not in text
    assert "Inbox" not in text


def test_the_head_of_a_page_is_of_who_asks_and_of_where_they_are():
    other = Reader(SCHOOL, 70, "o", "Nia Falk", "fish", 5, frozenset({Role.STUDENT}))
    for reader, name, at, door in (
        (SAM, "Sam", "/lincoln/lists", "Lists"),
        (other, "Nia", "/lincoln/programs/ten-books", "Programs"),
        (SAM, "Sam", "/lincoln/log", "Log"),
        (SAM, "Sam", "/lincoln/logbook", None),
        (other, "Nia", "/lincoln/", "Home"),
    ):
        text = page("", reader, here=at)
        found = re.findall(r'aria-current="page">.*?</svg>(?:My )?(\w+)</a>', text)
        assert [each.capitalize() for each in found] == ([door] if door else []), at
        assert [each in text for each in ("Sam", "Nia")] == [name == "Sam", name == "Nia"]


def test_a_visitor_may_sign_in_and_has_no_log():
    text = page("", Reader(SCHOOL))
    assert "Sign in" in text
    assert "My log" not in text
    assert "data-idle" not in text


def test_staff_find_the_doors_of_all_their_roles_once():
    both = Reader(SCHOOL, 9, "t", "Ms. Lind", "", None, frozenset({Role.TEACHER, Role.SPECIALIST}))
    nav = page("", both).split('aria-label="Main"')[1].split("</nav>")[0]
    assert re.findall(r'aria-current="page">([\w ]+)</a>', nav) == ["Lists"]
    assert re.findall(r">([\w ]+)</a>", nav) == ["Lists", "Inbox", "Programs", "Evaluation", "My classes"]
    assert "staff.css" in page("", TOM)


def test_a_page_outside_of_any_school_stands_alone():
    text = page("", None)
    assert "Main" not in text
    assert "Engage" in text


def test_the_youngest_have_larger_letters():
    young = Reader(SCHOOL, 7, "s", "Sam", "bird", 1, frozenset({Role.STUDENT}))
    assert 'data-reader="early"' in page("", young)
    assert 'data-reader="early"' not in page("", SAM)


def test_the_chosen_colours_are_named_for_the_style_sheet():
    assert '<html lang="en" data-theme="dark">' in page("", SAM, theme="dark")
    assert "data-theme" not in page("", SAM)


@pytest.mark.parametrize("tone", ["done", "note", "care", "wrong"])
def test_a_message_is_shown_and_may_be_undone(tone):
    text = page("", SAM, said=(Said("Stamped <twice>.", tone, "/lincoln/undo/1"),))
    assert "Stamped &lt;twice&gt;." in text
    assert re.search(r'<form method="post" action="/lincoln/undo/1"><button[^>]*>Undo</button></form>', text)


class LogForm(Form):
    """Each kind of field that a page may have."""

    title = StringField("What was it called?")
    minutes = IntegerField("For how many minutes?", [NumberRange(1, 300)], description="A guess is fine.")
    note = TextAreaField("A note")
    mode = RadioField(
        "What did you do?",
        choices=[SelectChoice("reading", "Read"), SelectChoice("viewing", "Watch")],
        default="viewing",
    )
    day = DateField("When?")
    grades = SelectMultipleField("Grades", choices=[SelectChoice("1", "Grade 1"), SelectChoice("2", "Grade 2")])
    mine = BooleanField("Only for me")


def refused_form() -> LogForm:
    form = LogForm(data={})
    form.refuse(Refused("Write what you read.", about="title"))
    form.refuse(Refused("Say read, watch or listen.", about="mode"))
    form.refuse(Refused("You are not in this program."))
    return form


def test_a_refusal_stands_above_and_beside_its_field_in_the_same_words():
    text = parts("{{ errors(form) }}{{ field(form.title) }}{{ field(form.mode) }}", form=refused_form())
    assert text.count("Write what you read.") == 2
    for name in re.findall(r'<a href="#([\w-]+)"', text):
        assert len(re.findall(rf'id="{name}"', text)) == 1
    assert "<li>You are not in this program.</li>" in text
    assert re.search(r'<input aria-describedby="title-e" aria-invalid="true" class="input" id="title"', text)


def test_a_form_that_is_well_says_nothing():
    assert parts("{{ errors(form) }}", form=LogForm(data={})).strip() == ""


def test_the_title_of_a_page_says_that_something_was_refused():
    assert "<title>Error: A page" in page("", SAM, form=refused_form())
    assert "<title>A page" in page("", SAM, form=LogForm(data={}))


def test_each_kind_of_field_has_a_label_and_a_control():
    form = LogForm(data={})
    for bound in form:
        text = parts("{{ field(f) }}", f=bound)
        if bound.name == "form_key":
            assert re.match(r'<input type="hidden"|<input id="form_key"', text.strip())
            continue
        assert str(bound.label.text) in text
        assert re.search(r"<(input|textarea|select)\b", text)
        assert " required" not in text
        for described in re.findall(r'aria-describedby="([^"]+)"', text):
            assert all(f'id="{name}"' in text for name in described.split())
    minutes = parts("{{ field(f) }}", f=form.minutes)
    assert 'inputmode="numeric"' in minutes
    assert "A guess is fine." in minutes
    assert 'value="viewing" checked' in parts("{{ pick_modes(f) }}", f=form.mode)
    assert "id=" not in parts("{{ hidden(form) }}", form=form)


RESOURCE = {"title": "Owl <Moon>", "creator": "Jane & Co", "mode": "reading", "href": "/lincoln/resources/owl"}


def test_a_title_is_escaped_and_kept_apart_from_the_text_around_it():
    for body in ("{{ entry(thing, 3) }}", "{{ hit(thing) }}", "{{ shelf([thing]) }}"):
        text = parts(body, thing=RESOURCE)
        assert "<bdi>Owl &lt;Moon&gt;</bdi>" in text
        assert "Owl <Moon>" not in text
        assert 'class="cover"' in text


def test_an_entry_says_where_to_find_it():
    full = RESOURCE | {
        "format": "Picture book",
        "note": "You will want to whisper.",
        "call": "E YOL",
        "shelf": "1 of 2 on the shelf",
        "out": "https://stardate.example/owl",
        "site": "stardate.example",
        "tags": [{"text": "You read this", "kind": "good", "icon": "check"}],
    }
    text = parts("{% call entry(thing) %}<form></form>{% endcall %}", thing=full)
    for words in ("Picture book", "whisper", "Call number </span>E YOL", "1 of 2", "(another site)", "You read this"):
        assert words in text
    assert text.count("<form></form>") == 1


def test_a_kept_picture_is_shown_instead_of_a_drawn_cover():
    image = picture_of(lambda name, key, width: f"/lincoln/covers/{key}-{width}.webp", key_for(200, 320))
    assert image is not None
    text = parts("{{ cover_of(thing) }}", thing=RESOURCE | {"image": image})
    assert text == (
        f'<img class="cover" src="{image.src}" srcset="{image.fine} 2x" alt="" width="240" height="384" loading="lazy">'
    )
    assert f'src="{image.small}" srcset="{image.src} 2x"' in parts(
        "{{ hit(thing) }}", thing=RESOURCE | {"image": image}
    )


@pytest.mark.parametrize("first_weekday", range(7))
def test_a_due_slip_has_seven_days_in_every_week(first_weekday):
    first = date(2026, 11, 2) + timedelta(first_weekday)
    days = [{"date": first + timedelta(n), "minutes": n % 3 * 10, "rest": n % 3 == 0} for n in range(17)]
    text = parts("{{ slip('My nights', days, '', today) }}", days=days, today=first + timedelta(12))
    weeks = re.findall(r"<tr>(.*?)</tr>", text.split("<tbody>")[1], re.DOTALL)
    assert {week.count("<td") for week in weeks} == {7}
    assert text.count("today</td>") <= 1


@pytest.mark.parametrize(("here", "last"), [(1, 1), (1, 2), (4, 9), (9, 9), (500, 1000)])
def test_pages_lead_to_the_first_the_last_and_the_next(here, last):
    text = parts("{{ pages(here, last, '?page=') }}", here=here, last=last)
    numbers = [int(number) for number in re.findall(r'href="\?page=(\d+)"[^>]*aria-label', text)]
    assert numbers == sorted(set(numbers))
    assert bool(numbers) is (last > 1)
    if numbers:
        assert (numbers[0], numbers[-1]) == (1, last)
        assert len(numbers) <= 5
        assert text.count('aria-current="page"') == 1


def test_a_list_page_of_24_weighs_less_than_150_kilobytes():
    things = [RESOURCE | {"title": f"A book of the sea, part {n}", "note": "One true detail. " * 6} for n in range(24)]
    body = """{% from "macros/parts.html" import entry, hero %}{{ hero("Look Up", "night", "sky", figure=true) }}
    <ul>{% for thing in things %}{{ entry(thing, loop.index) }}{% endfor %}</ul>"""
    html = gzip.compress(page(body, SAM, things=things).encode(), 6)
    weight = len(html)
    for name in ("site.css", "site.js", "icons.svg"):
        asset = ASSETS.files[name]
        weight += len(asset.packed or asset.body)
    for name in ("atkinson-hyperlegible-next-latin-wght-normal", "young-serif-latin-400-normal"):
        weight += len(ASSETS.files[f"fonts/{name}.woff2"].body)
    assert weight < 150_000
