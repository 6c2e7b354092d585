"""The pages of lists that refill themselves: the search behind one, what it finds, and why each item is there."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.lists import rules, saved, smart
from engage.lists.bench_pages import list_on_bench
from engage.lists.forms import plain
from engage.lists.queries import ListCard
from engage.lists.saved import ORDERS, SUBJECT, WORDS, Search
from engage.resources import languages
from engage.resources.gathering import Gathered, Order
from engage.resources.rules import Format
from engage.resources.wording import AGES, LENGTHS, READY, WHERE, kind_and_length
from engage.web.forms import Form, sent_form
from engage.web.render import render, say, see_other

SHOWN = 12
USUAL = 40
YEAR = Regexp(r"^\d{4}$", message="Write the year with four digits.")
MODES = {Mode.READING: "Reading", Mode.VIEWING: "Viewing", Mode.LISTENING: "Listening"}
# the fields by the names of a search's address; two of those are words of Python
FIELDS = {"from": "first", "to": "last"}


def _choices(every: str, names: dict[str, Any]) -> list[SelectChoice]:
    told = [(name, said if isinstance(said, str) else said[0]) for name, said in names.items()]
    return [SelectChoice("", every), *(SelectChoice(name, said) for name, said in told)]


class SearchForm(Form):
    """The search behind a list, by the fields of the search page; the languages are set by the handler."""

    q = StringField(
        "Words",
        [Length(max=WORDS, message="Keep the words under 200 letters.")],
        [plain],
        description="In titles, names, subjects and summaries. Without words all of the library is looked through.",
    )
    mode = SelectField("Mode", [Optional()], choices=_choices("Every mode", {str(one): MODES[one] for one in MODES}))
    kind = SelectField(
        "Kind", [Optional()], choices=_choices("Every kind", {str(one): str(one).capitalize() for one in Format})
    )
    ages = SelectField("Good for", [Optional()], choices=_choices("All ages", dict(AGES)))
    language = SelectField("Language", [Optional()])
    where = SelectField("Where", [Optional()], choices=_choices("Anywhere", dict(WHERE)))
    ready = SelectField("When", [Optional()], choices=_choices("Now or later", dict(READY)))
    length = SelectField("How long", [Optional()], choices=_choices("Any length", dict(LENGTHS)))
    subject = StringField(
        "Subject",
        [Length(max=SUBJECT, message="Keep the subject under 200 letters.")],
        [plain],
        description="A heading exactly as it stands in the catalogue, such as “Caldecott Medal”.",
    )
    first = StringField("Published from", [Optional(), YEAR], [plain])
    last = StringField("Published until", [Optional(), YEAR], [plain])
    order = SelectField(
        "What comes first",
        choices=[
            SelectChoice(Order.NEWEST.value, "Newest in the library"),
            SelectChoice(Order.USED.value, "Most used"),
            SelectChoice(Order.TITLE.value, "By title"),
            SelectChoice(Order.BEST.value, "Best match of the words"),
        ],
        default=Order.NEWEST.value,
    )
    most = IntegerField(
        "How many at most",
        [
            InputRequired("Say how many."),
            NumberRange(1, rules.LONGEST, f"A list holds 1 to {rules.LONGEST} items."),
        ],
        default=USUAL,
        description="What you put on or pinned counts with them.",
    )

    @property
    def search(self) -> Search:
        """What was filled in, as a search."""
        given = {name: str(self[FIELDS.get(name, name)].data or "") for name in saved.CHOICES}
        return Search(self.q.data or "", given, Order(self.order.data), self.most.data)


class KeptForm(SearchForm):
    """A search that becomes a list."""

    title = StringField(
        "Title of the list",
        [InputRequired("Give the list a title."), Length(max=rules.TITLE, message="Keep the title under 120 letters.")],
        [plain],
    )
    introduction = TextAreaField(
        "Introduction",
        [Length(max=rules.INTRODUCTION, message="Keep the introduction under 2,000 letters.")],
        [plain],
        description="One or two sentences. What is here, and why open it?",
    )


async def refill(request: Request) -> Response:
    """The search behind a list: what it finds, kept for good, and why each item is there."""
    curated = await list_on_bench(request)
    known = await smart.search_of(curated)
    form = await SearchForm.read(request, offering=await _languages(request), **_preset(known))
    found, change = None, None
    if form.complete:
        found = await smart.look(curated.school_id, form.search)
        if (await sent_form(request)).get("act") == "save":
            try:
                filled = await smart.save_and_fill(curated.key, form.search, found, by=request.user)
            except Refused as refused:
                form.refuse(refused)
            else:
                _tell(request, filled)
                return see_other(request, "lists.refill", key=curated.key)
        change = await smart.would_change(curated, form.search, found)
    return await _refill_page(request, form, curated, known=known, found=_told(found), change=change)


async def _refill_page(request: Request, form: SearchForm, curated: ListCard, **more: Any) -> Response:
    zone = request.user.school.zone
    return render(
        request,
        "lists/refill.html",
        form.status,
        form=form,
        curated=curated,
        items=await smart.explained(curated, zone),
        excluded=await smart.excluded_of(curated),
        orders=ORDERS,
        **more,
    )


async def _languages(request: Request) -> dict[str, list[tuple[str, str]]]:
    tags = await smart.languages_of(request.user.school.id)
    return {"language": [("", "Every language"), *((tag, languages.name_of(tag)) for tag in tags)]}


def _preset(known: dict[str, Any] | None) -> dict[str, Any]:
    if known is None:
        return {}
    search: Search = known["search"]
    choices = {FIELDS.get(name, name): value for name, value in search.choices.items()}
    return {"q": search.words, **choices, "order": search.order.value, "most": search.most}


def _told(found: Gathered | None) -> dict[str, Any] | None:
    """What a preview shows: total, and the first few as the macros draw them."""
    if found is None:
        return None
    things = [
        {
            "title": row["title"],
            "creator": row["creators"],
            "mode": str(row["mode"]),
            "format": kind_and_length(row["format"], row["mode"], row["minutes"]),
        }
        for row in found.rows[:SHOWN]
    ]
    return {"total": found.total, "things": things}


def _tell(request: Request, filled: smart.Filled) -> None:
    if filled.problem:
        say(request, filled.problem, "care")
    elif filled.added or filled.removed:
        say(request, f"Refilled: {filled.added} put on, {filled.removed} taken off.")
    else:
        say(request, "The list holds what the search finds. Nothing had to change.")


async def refill_now(request: Request) -> Response:
    """Look again now, without waiting for the night."""
    curated = await list_on_bench(request)
    try:
        _tell(request, await smart.refill(curated, by=request.user))
    except Refused as refused:
        say(request, refused.sentence, "care")
    return see_other(request, "lists.refill", key=curated.key)


async def stop_refilling(request: Request) -> Response:
    """Let a list be an ordinary one again, with all that is on it."""
    await smart.stop(request.path_params["key"], by=request.user)
    say(request, "The list no longer refills itself. What is on it stays.")
    return see_other(request, "lists.refill", key=request.path_params["key"])


async def pin(request: Request) -> Response:
    """Let an item stay whatever the search finds, or no longer."""
    key, on = request.path_params["key"], (await sent_form(request)).get("on") == "1"
    title = await smart.pin(key, request.path_params["item"], on=on, by=request.user)
    say(request, f"{title} stays." if on else f"{title} may go when the search no longer finds it.")
    return see_other(request, "lists.refill", key=key)


async def leave_out(request: Request) -> Response:
    """ "Not this one": take an item off, and keep the search from putting it on again."""
    key = request.path_params["key"]
    await smart.leave_out(key, request.path_params["item"], by=request.user)
    say(request, "It is off the list, and the search leaves it out. You can let it in again below.")
    return see_other(request, "lists.refill", key=key)


async def let_in(request: Request) -> Response:
    """Let the search put on again what was left out."""
    key = request.path_params["key"]
    try:
        title = await smart.let_in(key, request.path_params["resource"], by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
    else:
        say(request, f"{title} is back on the list." if title else "The search may find it again.")
    return see_other(request, "lists.refill", key=key)


async def keep_search(request: Request) -> Response:
    """Keep a search as a list that refills itself; the search comes with the address."""
    asked = request.query_params
    preset = {FIELDS.get(name, name): asked.get(name, "")[:SUBJECT] for name in saved.CHOICES}
    offering = await _languages(request)
    form = await KeptForm.read(request, offering=offering, q=asked.get("q", "")[:WORDS], **preset)
    found = None
    if not form.sent or form.complete:
        found = await smart.look(request.user.school.id, form.search)
    if form.complete and found is not None and (await sent_form(request)).get("act") == "save":
        words = {"title": form.title.data, "introduction": form.introduction.data}
        try:
            key = await smart.start_smart(form.search, found, **words, by=request.user, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The list is started, and refills itself every night.")
            return see_other(request, "lists.edit", key=key)
    return render(request, "lists/keep_search.html", form.status, form=form, found=_told(found))
