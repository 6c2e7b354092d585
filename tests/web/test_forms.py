import re
from collections.abc import Iterator

import pytest
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from wtforms import (
    DateField,
    FileField,
    FloatField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

import engage.routes  # noqa: F401 -- every form there is
from engage.errors import Refused
from engage.web.forms import Form, choice, number, trimmed, words
from engage.web.render import make_templates, template_folder
from engage.web.routing import form, page


class ListForm(Form):
    title = StringField("Title", [InputRequired("Give the list a title."), Length(max=20)], filters=[trimmed])
    introduction = TextAreaField("Introduction", [Optional()])
    year = IntegerField("Year", [Optional()])


SHOWN = (
    "{% for field, sentence in form.wrong %}<p>{{ field.name if field else 'all' }}: {{ sentence }}</p>{% endfor %}"
    "{{ form.form_key }}{{ form.title }}{{ form.introduction }}{{ form.year }}"
)
got: list[dict[str, object]] = []


async def new(request: Request) -> Response:
    filled = await ListForm.read(request, title="Unnamed", year=2026)
    if filled.complete:
        got.append({**filled.values, "key": filled.key})
        try:
            if filled.values["title"] == "Taken":
                raise Refused("There is a list of this title.", about="title")
            if filled.values["title"] == "Late":
                raise Refused("Lists are closed today.")
        except Refused as refused:
            filled.refuse(refused)
        else:
            return HTMLResponse("made")
    return HTMLResponse(request.app.templates.from_string(SHOWN).render(form=filled), filled.status)


ROWS = [form("/{school}/new", new, "LST01")]


@pytest.fixture(autouse=True)
def nothing_got() -> None:
    got.clear()


async def test_a_form_is_preset_and_has_a_key_of_its_own(open_house):
    browser = open_house(ROWS)
    first, second = await browser.get("/new"), await browser.get("/new")
    assert (first.status_code, got) == (200, [])
    assert 'value="Unnamed"' in first.text
    assert 'value="2026"' in first.text
    assert first.text != second.text  # the keys differ


async def test_what_was_filled_in_reaches_the_action(open_house):
    typed = {"title": "  Sea stories ", "introduction": "Salt & wind", "year": "2027", "form_key": "k1"}
    answer = await open_house(ROWS).post("/new", typed)
    assert answer.text == "made"
    assert got == [{"title": "Sea stories", "introduction": "Salt & wind", "year": 2027, "key": "k1"}]


@pytest.mark.parametrize("blanks", [" ", "\t \n", "\u00a0\u3000"])
async def test_text_of_blanks_alone_is_none(open_house, blanks):
    answer = await open_house(ROWS).post("/new", {"title": blanks, "introduction": "Salt"})
    assert (answer.status_code, got) == (422, [])
    assert "title: Give the list a title." in answer.text
    assert (await open_house(ROWS).post("/new", {"title": "Sea", "introduction": blanks})).text == "made"
    assert got[0]["introduction"] == ""


def every_form(kind: type[Form] = Form) -> Iterator[type[Form]]:
    for each in kind.__subclasses__():
        yield each
        yield from every_form(each)


def test_no_form_takes_blanks_for_required_words_and_a_password_is_as_it_was_typed():
    asked, typed = set(), set()
    for kind in (each for each in every_form() if each.__module__.startswith("engage.")):
        names = [field.name for field in kind() if isinstance(field, StringField) and field.flags.required]
        form = kind(formdata=FormData([(name, "  ") for name in names]))
        for name in names:
            field, where = form[name], f"{kind.__module__}.{kind.__name__}.{name}"
            if isinstance(field, PasswordField):
                assert field.data == "  ", where
                typed.add(where)
            else:
                assert not field.validate(form), where
                asked.add(where)
    assert len(asked) > 50
    assert len(typed) > 5


async def test_a_refused_form_keeps_every_word_and_says_why_beside_the_field(open_house):
    typed = {"title": "", "introduction": 'Salt & "wind" </textarea>', "year": "soon", "form_key": "k1"}
    answer = await open_house(ROWS).post("/new", typed)
    assert answer.status_code == 422
    assert "title: Give the list a title." in answer.text
    assert "year: Write a whole number, such as 12." in answer.text
    assert "Salt &amp; &#34;wind&#34; &lt;/textarea&gt;" in answer.text
    assert 'value="soon"' in answer.text
    assert 'value="k1"' in answer.text


@pytest.mark.parametrize(("title", "said"), [("Taken", "title: There is a list"), ("Late", "all: Lists are closed")])
async def test_a_rules_refusal_stands_where_it_belongs_and_keeps_the_rest(open_house, title, said):
    answer = await open_house(ROWS).post("/new", {"title": title, "introduction": "kept"})
    assert answer.status_code == 422
    assert said in answer.text
    assert "kept" in answer.text


async def test_fields_that_the_form_does_not_name_are_never_read(open_house, caplog):
    typed = {"title": "Sea", "school_id": "2", "role": "school_admin", "is_admin": "1", "form_key": "k"}
    await open_house(ROWS).post("/new", typed)
    assert set(got[0]) == {"title", "introduction", "year", "key"}
    assert next(record.count for record in caplog.records if hasattr(record, "count")) == 3
    assert "school_admin" not in caplog.text


async def test_an_address_fills_in_no_form(open_house):
    assert 'value="Planted"' not in (await open_house(ROWS).get("/new?title=Planted")).text


async def test_two_hundred_fields_are_enough(open_house):
    browser = open_house(ROWS)
    assert (await browser.post("/new", {"title": "x", **{f"f{n}": "" for n in range(199)}})).status_code == 200
    assert (await browser.post("/new", {"title": "x", **{f"f{n}": "" for n in range(200)}})).status_code == 400


@pytest.mark.parametrize(
    "body", [b"title=%ff", b"title=a%00b", b"title=\xff", b"title=a\x00b", b"ti%00tle=a", b"%c3%28=x"]
)
async def test_text_that_is_none_is_refused(open_house, body):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await open_house(ROWS).post("/new", content=body, headers=kind)).status_code == 400
    assert got == []


@pytest.mark.parametrize("media", ["application/json", "text/plain", ""])
async def test_a_form_comes_as_a_form(open_house, media):
    answer = await open_house(ROWS).post("/new", content=b'{"title": "x"}', headers={"Content-Type": media})
    assert (answer.status_code, got) == (400, [])


async def test_a_nul_in_a_part_is_refused(open_house):
    answer = await open_house(ROWS).post("/new", {"title": "a\x00b"}, files={"f": ("x.txt", b"y")})
    assert (answer.status_code, got) == (400, [])


class FileForm(Form):
    file = FileField("File")


async def test_an_upload_arrives_whole(open_house, ada):
    async def up(request: Request) -> Response:
        filled = await FileForm.read(request)
        file = filled.values["file"]
        assert isinstance(file, UploadFile)
        return HTMLResponse(f"{file.filename} {len(await file.read())}")

    browser = open_house([form("/{school}/up", up, "LST05", upload=True)]).sign_in(ada)
    answer = await browser.post("/up", files={"file": ("books.mrc", b"x" * 3_000_000)})
    assert answer.text == "books.mrc 3000000"


async def test_what_an_address_asks_for_falls_back_to_the_usual(open_house):
    async def asked(request: Request) -> Response:
        sort = choice(request, "sort", ("title", "year"), "title")
        return HTMLResponse(f"{number(request, 'page', 1, most=50)} {sort} {words(request, 'q')}")

    browser = open_house([page("/{school}/search", asked, "LST01")])
    for query, meant in {
        "?page=3&sort=year&q=sea%20%20stories%0a": "3 year sea stories",
        "": "1 title ",
        "?page=0&sort=password": "1 title ",
        "?page=51": "1 title ",
        "?page=-1&page=2": "2 title ",
        "?page=9999999999999999999999": "1 title ",
        "?page=%D9%A3": "1 title ",
        "?page=1e3": "1 title ",
        "?q=" + "x" * 500: "1 title " + "x" * 200,
    }.items():
        answer = await browser.get(f"/search{query}")
        assert (answer.status_code, answer.text) == (200, meant), query


class MayBeEmpty(Form):
    """What nobody has to fill in; a browser sends it empty."""

    number = IntegerField(validators=[Optional()])
    day = DateField(validators=[Optional()])


def test_what_was_left_empty_is_not_refused_when_something_else_is():
    form = MayBeEmpty(formdata=FormData({"number": "", "day": ""}))
    assert form.validate()
    form.refuse(Refused("Not on a Monday.", about="day"))
    assert form.wrong == [(form.day, "Not on a Monday.")]
    form = MayBeEmpty(formdata=FormData({"number": "many", "day": ""}))
    assert not form.validate()
    assert form.wrong == [(form.number, "Write a whole number, such as 12.")]


class Amounts(Form):
    """Three numbers, of which two are about one thing."""

    pages = IntegerField("How many pages?", [Optional()])
    chapters = IntegerField("How many chapters?", [Optional()])
    most = IntegerField("At most", [NumberRange(1, 5)])


def test_the_summary_says_of_which_field_a_sentence_is_where_several_have_it():
    form = Amounts(formdata=FormData({"pages": "many", "chapters": "few", "most": "9"}))
    assert not form.validate()
    templates = make_templates(template_folder(), str, watch=False)
    page = templates.from_string('{% from "macros/forms.html" import errors %}{{ errors(form) }}').render(form=form)
    assert re.findall(r'href="#(\w+)">(.*?)<', page) == [
        ("pages", "How many pages: Write a whole number, such as 12."),
        ("chapters", "How many chapters: Write a whole number, such as 12."),
        ("most", "Write a number from 1 to 5."),
    ]


class Everything(Form):
    """One of each kind that WTForms itself may refuse."""

    whole = IntegerField()
    number = FloatField()
    day = DateField()
    moment = TimeField()
    one = SelectField(choices=[SelectChoice("a", "A")])
    some = SelectMultipleField(choices=[SelectChoice("a", "A")])
    short = StringField(validators=[Length(max=3)])
    small = IntegerField(validators=[NumberRange(1, 5)])
    asked = StringField(validators=[DataRequired()])


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1899-12-31", "2200-01-01"])
def test_a_day_that_nobody_means_is_none(day):
    form = Everything(formdata=FormData({"day": day}))
    assert not form.validate()
    assert (form.day.data, form.day.errors) == (None, ["Write a day from 1900 to 2199."])
    assert form.day._value() == day, "what was typed stands there still"


def test_what_is_no_number_is_told_that_alone():
    form = Everything(formdata=FormData({"small": "many"}))
    assert not form.validate()
    assert form.errors["small"] == ["Write a whole number, such as 12."]


def test_what_wtforms_refuses_is_said_in_plain_words():
    sent = dict.fromkeys(("whole", "number", "day", "moment", "one", "some"), "zzz")
    form = Everything(formdata=FormData({**sent, "short": "zzzz", "small": "9", "asked": ""}))
    assert not form.validate()
    assert {name: " ".join(map(str, said)) for name, said in form.errors.items()} == {
        "whole": "Write a whole number, such as 12.",
        "number": "Write a number, such as 12 or 12.5.",
        "day": "Write the day as 2026-09-30.",
        "moment": "Write the time as 14:30.",
        "one": "Choose one of those that are offered.",
        "some": "Something that was chosen is not offered any more. Look, and choose again.",
        "short": "Use up to 3 letters.",
        "small": "Write a number from 1 to 5.",
        "asked": "Fill this in.",
    }
