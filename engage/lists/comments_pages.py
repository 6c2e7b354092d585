"""The page where those who work on a list talk about it."""

from starlette.requests import Request
from starlette.responses import Response
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from engage.errors import Refused
from engage.lists import comments, queries, rules
from engage.lists.bench_pages import list_on_bench, text
from engage.web.forms import Form, choice, sent_form, trimmed
from engage.web.render import render, say, see_other


class CommentForm(Form):
    """Something said about a list. The choices of item are what stands on it."""

    text = TextAreaField(
        "What do you want to say?",
        [
            InputRequired("Write what you want to say."),
            Length(max=rules.COMMENT, message="Keep it under 1,000 letters."),
        ],
        [trimmed],
    )
    item = SelectField("About what?", default="", validate_choice=False)


async def show_comments(request: Request) -> Response:
    """What is said about a list, and something more. ?item chooses what it is about."""
    curated = await list_on_bench(request)
    settled = choice(request, "show", ["settled"]) == "settled"
    on_it = [(row["key"], row["title"]) for row in await queries.items_of(curated)]
    form = await CommentForm.read(
        request,
        {"item": [("", "The whole list"), *on_it]},
        item=choice(request, "item", [key for key, _ in on_it]),
    )
    if form.complete:
        try:
            await comments.say_about(
                curated.key, form.text.data, item=form.item.data or "", by=request.user, form_key=form.key
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Said. Everybody who may change this list can read it.")
            return see_other(request, "lists.comments", key=curated.key)
    page = await comments.comments_on(curated, settled, request.query_params.get("after", ""))
    return render(
        request,
        "lists/comments.html",
        form.status,
        form=form,
        curated=curated,
        comments=page.rows,
        after=page.after,
        settled=settled,
        counts=await comments.how_many(curated),
    )


async def change_comment(request: Request) -> Response:
    """Settle a comment, open it again, or take an own one back."""
    key, comment = request.path_params["key"], request.path_params["comment"]
    act = text(await sent_form(request), "act")
    if act == "take back":
        await comments.take_back(key, comment, by=request.user)
        say(request, "Your comment is gone.")
    else:
        await comments.settle(key, comment, settled=act == "settle", by=request.user)
        say(request, "Settled." if act == "settle" else "It is open again.")
    return see_other(request, "lists.comments", key=key)
