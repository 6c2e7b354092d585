"""The pages of reviews: writing one, my own, and what waits for those who decide."""

import wtforms
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from engage.errors import NotFound, Refused
from engage.programs import log_queries, review_queries, reviewing
from engage.programs.review_marks import Mark
from engage.programs.review_rules import LONGEST, Audience
from engage.programs.reviewing import Written
from engage.programs.rules import Feeling
from engage.web.forms import Form, number_in, sent_form, trimmed
from engage.web.render import render, say, see_other
from engage.web.routing import path_for

AUDIENCES = {Audience.CLASS: "My class", Audience.SCHOOL: "Everyone at school"}


class ReviewForm(Form):
    """What somebody writes about a resource."""

    text = wtforms.TextAreaField(
        "What would you tell somebody who does not know it yet?",
        [InputRequired("Write a sentence or two about it.")],
        [trimmed],
    )
    feeling = wtforms.RadioField(
        "How was it?",
        choices=[
            SelectChoice("", "I do not say"),
            *(SelectChoice(one.value, said) for one, said in Feeling.words().items()),
        ],
    )
    audience = wtforms.RadioField(
        "Who may read it?",
        [InputRequired("Say who may read it.")],
        choices=[SelectChoice(each.value, said) for each, said in AUDIENCES.items()],
    )
    # the action asks whether it is an own one; who is in one class only is not asked
    room = wtforms.SelectField("Which class?", choices=[], validate_choice=False)


class DecideForm(Form):
    """What becomes of a review. text: its words, from which some may have been left out."""

    version = wtforms.IntegerField()
    act = wtforms.HiddenField()
    text = wtforms.TextAreaField("", [Length(max=LONGEST)], [trimmed])
    reason = wtforms.StringField("", [Length(max=reviewing.REASON, message="Keep the reason short.")], [trimmed])


async def write(request: Request) -> Response:
    """Write about a resource, or change what one wrote."""
    reader, key = request.user, request.path_params["key"]
    if not reader.school.reviews:
        raise NotFound("reviews")
    about = await log_queries.resource_to_log(reader, key)
    before = await review_queries.own_review(reader, key)
    widest = Audience(reader.school.reviews)
    preset = before or {"text": "", "feeling": "", "audience": widest.value, "class_id": None}
    rooms = await review_queries.own_rooms(reader)
    form = await ReviewForm.read(
        request,
        {"room": [(str(number), words) for number, words in rooms]},
        **{name: preset[name] for name in ("text", "feeling", "audience")},
        room=str(preset["class_id"] or ""),
    )
    if widest is Audience.CLASS:
        form.audience.choices = form.audience.choices[:1]
    if form.complete:
        try:
            room = number_in(form.room.data or "")
            said = Written(form.text.data, Audience(form.audience.data), form.feeling.data or "", room)
            await reviewing.write_review(key, said, form.key, reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Sent. Others read it as soon as somebody of the school has read it.")
            return see_other(request, "programs.my_reviews")
    return render(
        request, "programs/review.html", form.status, form=form, about=about, before=before, most=LONGEST, rooms=rooms
    )


async def my_reviews(request: Request) -> Response:
    """What one wrote, and what became of it."""
    rows = await review_queries.own_reviews(request.user)
    return render(request, "programs/my_reviews.html", reviews=rows)


async def withdraw(request: Request) -> Response:
    """Take a review away."""
    await reviewing.withdraw(request.path_params["key"], request.user)
    say(request, "The review is gone.", kind="note")
    mine = (await sent_form(request)).get("back") == "mine"
    return see_other(request, "programs.my_reviews" if mine else "programs.reviews")


async def report(request: Request) -> Response:
    """Tell staff that a review should be looked at."""
    sent = await sent_form(request)
    await reviewing.report(request.path_params["key"], str(sent.get("reason", "")), request.user)
    say(request, "Thank you. Somebody of the school looks at it.")
    shown = str(sent.get("resource", ""))
    return RedirectResponse(path_for(request, "resources.show", key=shown), 303)


async def reviews(request: Request) -> Response:
    """What waits for somebody to decide, and what was approved lately."""
    return await _reviews(request)


async def _reviews(request: Request, status: int = 200, wrong: str = "", key: str = "") -> Response:
    reader = request.user
    waiting = await review_queries.waiting_for(reader)
    return render(
        request,
        "programs/reviews.html",
        status,
        waiting=waiting,
        approved=await review_queries.approved_lately(reader) if reader.is_library else [],
        safeguarding=await review_queries.safeguarding_of(reader) if waiting.needy else "",
        feelings={feeling.value: words for feeling, words in Feeling.words().items()},
        mark_words=Mark.words(),
        distress=Mark.DISTRESS,
        wrong=wrong,
        wrong_at=key,
        sent=await sent_form(request) if wrong else {},
    )


async def decide(request: Request) -> Response:
    """Approve a review, as it is or shortened, or say no to it."""
    key, reader = request.path_params["key"], request.user
    form = await DecideForm.read(request)
    try:
        if not form.complete or form.act.data not in ("approve", "reject"):
            raise Refused("Say what becomes of it.")
        if form.act.data == "approve":
            await reviewing.approve(key, form.text.data or "", form.version.data, reader)
            say(request, "Approved. Others may read it now.")
        else:
            await reviewing.reject(key, form.reason.data or "", form.version.data, reader)
            say(request, "The one who wrote it reads your reason.", kind="note")
    except Refused as refused:
        return await _reviews(request, 422, refused.sentence, key)
    return see_other(request, "programs.reviews")


async def publish(request: Request) -> Response:
    """Let visitors read a review, or no longer."""
    shown = not (await sent_form(request)).get("undo")
    try:
        await reviewing.put_before_public(request.path_params["key"], shown, request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        say(request, "Visitors may read it now." if shown else "Visitors do not see it any more.")
    return see_other(request, "programs.reviews")
