"""The pages of suggestions: suggesting something for a list, what I suggested, and deciding for those who edit it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from engage.database import fold
from engage.errors import NotAllowed, Refused
from engage.lists import queries, rules, suggestions
from engage.lists.bench_pages import list_on_bench
from engage.resources import search, showing
from engage.resources.queries import resources_for
from engage.resources.requests import held
from engage.resources.rules import ResourceState
from engage.web.forms import Form, choice, trimmed, words
from engage.web.limits import turn_to_search
from engage.web.render import render, say, see_other

HITS = 8
BRIEF = ("id", "key", "title", "creators", "mode", "format", "minutes", "picture")


class SuggestForm(Form):
    """Something for a list. resource: the key of what was chosen in the catalogue, "" where a title was typed."""

    resource = HiddenField()
    title = StringField(
        "What do you suggest?",
        [Length(max=rules.SUGGESTED_TITLE, message="Keep the title under 300 letters.")],
        [trimmed],
        description="A title, or an address on the web.",
    )
    reason = TextAreaField(
        "Why does it belong on this list?",
        [
            InputRequired("Say in a line why it belongs on this list."),
            Length(max=rules.REASON, message="Keep the reason under 500 letters."),
        ],
        [trimmed],
    )


class DecideForm(Form):
    """An editor's answer. resource: what the catalogue has of it, where only a title was typed."""

    decision = RadioField(
        "Your answer",
        [InputRequired("Say yes or no.")],
        choices=[SelectChoice("take", "Put it on the list"), SelectChoice("decline", "No")],
    )
    resource = RadioField("Which one is it?", default="", validate_choice=False)
    annotation = TextAreaField(
        "Why this one?",
        [Length(max=rules.NOTE, message="Keep the note under 1,000 letters.")],
        [trimmed],
        description="Your note on the list, for its readers. What was suggested with it is not shown there.",
    )
    answer = StringField(
        "A word to who suggested it",
        [Length(max=rules.ANSWER, message="Keep the answer under 500 letters.")],
        [trimmed],
    )


async def suggest(request: Request) -> Response:
    """Suggest something for a list: search the catalogue (?q), choose one (?resource), or type a title."""
    reader = request.user
    curated = await queries.list_for(reader, request.path_params["slug"])
    if not rules.may_suggest(reader, curated.owner_id, curated.part):
        raise NotAllowed("LST11")
    form = await SuggestForm.read(request, resource=words(request, "resource", 40))
    if form.complete:
        try:
            given = {name: value or "" for name, value in form.values.items()}
            await suggestions.suggest(curated, **given, by=reader, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Thank you. The answer will stand here.")
            return see_other(request, "lists.my_suggestions")
    asked = words(request, "q")
    on_it = {row["resource_key"] for row in await queries.items_of(curated)} if asked else set()
    found = None
    if asked:
        async with turn_to_search(reader.id, len(fold.words(asked))):
            found = await search.find(reader.school.id, search.Wanted(text=asked), per_page=HITS)
    return render(
        request,
        "lists/suggest.html",
        form.status,
        form=form,
        curated=curated,
        chosen=await _brief(request, form.resource.data or ""),
        q=asked,
        hits=None if found is None else [{**showing.brief(row), "on_it": row["key"] in on_it} for row in found.rows],
    )


async def _brief(request: Request, key: str) -> dict[str, Any] | None:
    """A resource of the catalogue in one line, or None."""
    rows = resources_for(request.user).filter(key=key, state=ResourceState.OFFERED)
    found = await rows.limit(1).values(*BRIEF) if key else []
    return showing.brief(found[0]) if found else None


async def my_suggestions(request: Request) -> Response:
    """What I suggested, and what came of it."""
    if not request.user.may_ask:
        raise NotAllowed("LST11")
    return render(request, "lists/my_suggestions.html", suggestions=await suggestions.suggested_by(request.user))


async def take_suggestion_back(request: Request) -> Response:
    """Take an own suggestion back."""
    title = await suggestions.take_back(request.path_params["suggestion"], by=request.user)
    say(request, f"You no longer suggest {title}.")
    return see_other(request, "lists.my_suggestions")


async def to_decide(request: Request) -> Response:
    """What was suggested for a list, the first one first, and what was answered."""
    curated = await list_on_bench(request)
    decided = choice(request, "show", ["answered"]) == "answered"
    rows, after = await suggestions.suggested_for(request.user, curated, decided, request.query_params.get("after", ""))
    return render(
        request,
        "lists/suggestions.html",
        curated=curated,
        suggestions=rows,
        after=after,
        decided=decided,
        counts=await suggestions.how_many(curated),
    )


async def decide(request: Request) -> Response:
    """Answer one suggestion: it goes on the list, or not."""
    reader = request.user
    curated = await list_on_bench(request)
    one = await suggestions.suggestion_for(reader, curated, request.path_params["suggestion"])
    gone = one["resource"] and one["resource_state"] != ResourceState.OFFERED
    of_catalogue = []
    if gone or not one["resource"]:
        title = one["title"] or one["resource_title"]
        async with turn_to_search(reader.id, len(fold.words(title))):
            of_catalogue = await held(reader, title)
    things = [showing.brief(row) for row in of_catalogue]
    form = await DecideForm.read(
        request,
        {"resource": [(each["key"], ", ".join(filter(None, (each["title"], each["creator"])))) for each in things]},
        resource=things[0]["key"] if len(things) == 1 else "",
    )
    if form.complete:
        try:
            if form.decision.data == "take":
                title = await suggestions.take(
                    curated.key,
                    one["key"],
                    resource=form.resource.data or "",
                    annotation=form.annotation.data or "",
                    answer=form.answer.data or "",
                    by=reader,
                )
                said = f"{title} is on the list."
            else:
                await suggestions.decline(curated.key, one["key"], answer=form.answer.data or "", by=reader)
                said = "Answered. Whoever suggested it reads your answer on their page."
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, said)
            return see_other(request, "lists.suggestions", key=curated.key)
    return render(
        request,
        "lists/decide.html",
        form.status,
        form=form,
        curated=curated,
        one=one,
        held=things,
        thing=await _brief(request, one["resource"] or ""),
    )
