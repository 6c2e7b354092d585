"""The pages of a student's inquiries: begin with a question or a list, find and weigh sources, hand in the trail."""

import wtforms
from starlette.requests import Request
from starlette.responses import Response
from wtforms.validators import InputRequired, Length, Optional

from engage.classes import inquiry_actions, inquiry_queries, inquiry_rules
from engage.classes.inquiry_models import Inquiry
from engage.classes.inquiry_rules import HINTS, NOTES
from engage.classes.unit_forms import plain
from engage.classes.unit_pages import show_both
from engage.classes.unit_rules import prints_of
from engage.errors import NotFound, Refused
from engage.web.forms import Form, sent_form, words
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other
from engage.web.routing import path_for

OTHERS = "Somebody of your group wrote here, too: {}. Save again to put your words in its place."
LONG = f"Use {inquiry_rules.NOTE} letters at most."


class QuestionForm(Form):
    """A question. group: the key of a reading group, "" for oneself; slug: of the list that it begins with.

    things: keys of what is taken along from the list.
    """

    question = wtforms.StringField(
        "What do you want to find out?",
        [
            InputRequired("Write your question."),
            Length(max=inquiry_rules.QUESTION, message=f"Use {inquiry_rules.QUESTION} letters at most."),
        ],
        [plain],
    )
    group = wtforms.RadioField("Who works on it?", [Optional()], choices=[], default="")
    slug = wtforms.HiddenField(default="")
    things = wtforms.SelectMultipleField("What do you take along?", [Optional()], choices=[])
    seen = wtforms.HiddenField()


class SourceForm(Form):
    """A source, and what the student says of it."""

    title = wtforms.StringField(
        "What is it called?",
        [
            InputRequired("Write what it is called."),
            Length(max=inquiry_rules.TITLE, message=f"Use {inquiry_rules.TITLE} letters at most."),
        ],
        [plain],
    )
    url = wtforms.StringField(
        "Where is it on the web?", [Length(max=inquiry_rules.ADDRESS, message="This address is too long.")], [plain]
    )
    maker = wtforms.TextAreaField(NOTES["maker"], [Length(max=inquiry_rules.NOTE, message=LONG)], [plain])
    currency = wtforms.TextAreaField(NOTES["currency"], [Length(max=inquiry_rules.NOTE, message=LONG)], [plain])
    trust = wtforms.TextAreaField(NOTES["trust"], [Length(max=inquiry_rules.NOTE, message=LONG)], [plain])
    used = wtforms.TextAreaField(NOTES["used"], [Length(max=inquiry_rules.NOTE, message=LONG)], [plain])
    seen = wtforms.HiddenField()

    @property
    def words(self) -> dict[str, str]:
        """What was filled in, by field of a source."""
        return {name: self[name].data or "" for name in inquiry_queries.WRITTEN}


class TrailForm(Form):
    """To whom a trail is handed in: the key of a class."""

    room = wtforms.RadioField("To whom?", [Optional()], choices=[], validate_choice=False)


async def inquiries(request: Request) -> Response:
    """One's own inquiries, and those of one's reading groups."""
    if request.user.by_card:
        return to_prove(request)
    return render(request, "classes/inquiries.html", inquiries=await inquiry_queries.inquiries_of(request.user))


async def new_inquiry(request: Request) -> Response:
    """Begin an inquiry. ?list= the slug of a list whose things it begins with."""
    reader = request.user
    if not inquiry_queries.inquires(reader):
        raise NotFound("inquiries")
    if reader.by_card:
        return to_prove(request)
    groups = [(one["key"], inquiry_queries.group_said(one)) for one in await inquiry_queries.groups_joined(reader)]
    slug = await _list_asked_for(request)
    title, things = await inquiry_queries.things_on(reader, slug)
    offered = {"group": [("", "Only me"), *groups], "things": things}
    form = await QuestionForm.read(request, offered, slug=slug, things=[key for key, _ in things])
    if form.complete:
        try:
            said = (form.question.data, slug if title else "", form.group.data or "", form.things.data or ())
            key = await inquiry_actions.begin(*said, by=reader, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Your inquiry is begun. Only you see it." if not form.group.data else "Your group has it now.")
            return see_other(request, "classes.inquiry", key=key)
    return render(request, "classes/question.html", form.status, form=form, inquiry=None, groups=groups, title=title)


async def _list_asked_for(request: Request) -> str:
    """The slug of the list that an inquiry begins with, from the form or from the address."""
    if request.method == "POST":
        return str((await sent_form(request)).get("slug", ""))[:80]
    return words(request, "list", 80)


async def inquiry(request: Request) -> Response:
    """One inquiry: the question, its sources in order, who will see it, and what the teacher answered."""
    reader = request.user
    if reader.by_card:
        return to_prove(request)
    one = await inquiry_queries.inquiry_for(reader, request.path_params["key"])
    sources = await inquiry_queries.sources_of(one)
    return render(
        request,
        "classes/inquiry.html",
        inquiry=one,
        sources=sources,
        noted=inquiry_rules.noted(sources),
        notes=NOTES,
        seen_by=await inquiry_queries.handed_in_to(reader, one) if one.handed_at else "",
    )


async def change_question(request: Request) -> Response:
    """Change the question."""
    one = await _own(request)
    if request.user.by_card:
        return to_prove(request)
    now = {"question": one.question}
    form = await QuestionForm.read(request, {"group": [("", "")]}, seen=prints_of(now), **now)
    status = form.status
    if form.complete:
        try:
            said = (form.question.data, form.seen.data or "")
            one, both = await inquiry_actions.ask_anew(one.key, *said, by=request.user)
        except Refused as refused:
            form.refuse(refused)
            status = form.status
        else:
            if not both:
                say(request, "Your question is changed.")
                return see_other(request, "classes.inquiry", key=one.key)
            show_both(form, {"question": one.question}, both, OTHERS)
            status = 409
    return render(request, "classes/question.html", status, form=form, inquiry=one, groups=[], title="")


async def new_source(request: Request) -> Response:
    """Add a source that one found; its address is never fetched."""
    one = await _own(request)
    if request.user.by_card:
        return to_prove(request)
    form = await SourceForm.read(request)
    if form.complete:
        try:
            await inquiry_actions.add_source(one.key, form.words, by=request.user, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The source is added.")
            return see_other(request, "classes.inquiry", key=one.key)
    return render(request, "classes/source.html", form.status, form=form, inquiry=one, source=None, hints=HINTS)


async def edit_source(request: Request) -> Response:
    """Say more of a source."""
    one = await _own(request)
    if request.user.by_card:
        return to_prove(request)
    source = await inquiry_queries.source_of(one, request.path_params["source"])
    now = inquiry_queries.written_of(source)
    form = await SourceForm.read(request, seen=prints_of(now), **now)
    status = form.status
    if form.complete:
        try:
            said = (form.words, form.seen.data or "")
            source, both = await inquiry_actions.change_source(one.key, source.key, *said, by=request.user)
        except Refused as refused:
            form.refuse(refused)
            status = form.status
        else:
            if not both:
                say(request, "Your notes are kept.")
                return see_other(request, "classes.inquiry", key=one.key)
            show_both(form, inquiry_queries.written_of(source), both, OTHERS)
            status = 409
    return render(request, "classes/source.html", status, form=form, inquiry=one, source=source, hints=HINTS)


async def move_source(request: Request) -> Response:
    """Move a source up or down."""
    key, source = request.path_params["key"], request.path_params["source"]
    if request.user.by_card:
        return to_prove(request, path_for(request, "classes.inquiry", key=key))
    to = str((await sent_form(request)).get("to", ""))
    try:
        title, place, among = await inquiry_actions.move_source(key, source, to, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        say(request, f"{title} is now number {place} of {among}.")
    return see_other(request, "classes.inquiry", key=key)


async def remove_source(request: Request) -> Response:
    """Take a source off, after a look at what goes with it."""
    one = await _own(request)
    if request.user.by_card:
        return to_prove(request)
    source = await inquiry_queries.source_of(one, request.path_params["source"])
    form = await Form.read(request)
    if form.complete:
        try:
            title = await inquiry_actions.remove_source(one.key, source.key, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{title} is taken off.", kind="note")
            return see_other(request, "classes.inquiry", key=one.key)
    return render(request, "classes/remove_source.html", form.status, form=form, inquiry=one, source=source)


async def hand_inquiry_in(request: Request) -> Response:
    """Hand in the trail, after it was said who will see it."""
    reader = request.user
    one = await _own(request)
    if reader.by_card:
        return to_prove(request)
    offered = await inquiry_queries.handed_to(reader, one)
    form = await TrailForm.read(request, {"room": offered}, room=offered[0][0] if offered else None)
    if form.complete:
        room = form.room.data or (offered[0][0] if len(offered) == 1 else "")
        try:
            if room not in [key for key, _ in offered]:
                raise Refused("Choose to whom.", about="room")
            await inquiry_actions.hand_in(one.key, room, by=reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is handed in. You can take it back until your teacher opens it.")
            return see_other(request, "classes.inquiry", key=one.key)
    return render(request, "classes/hand_inquiry_in.html", form.status, form=form, inquiry=one, offered=offered)


async def take_inquiry_back(request: Request) -> Response:
    """Take a trail back that nobody has opened."""
    key = request.path_params["key"]
    if request.user.by_card:
        return to_prove(request, path_for(request, "classes.inquiry", key=key))
    try:
        await inquiry_actions.take_back(key, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        say(request, "You took it back. Nobody else sees it any more.", kind="note")
    return see_other(request, "classes.inquiry", key=key)


async def throw_inquiry_away(request: Request) -> Response:
    """Delete an inquiry of one's own, after a look at what goes."""
    one = await _own(request)
    if one.person_id != request.user.id:
        raise NotFound(one.key)
    if request.user.by_card:
        return to_prove(request)
    form = await Form.read(request)
    if form.complete:
        try:
            await inquiry_actions.throw_away(one.key, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is gone.", kind="note")
            return see_other(request, "classes.inquiries")
    return render(request, "classes/throw_inquiry_away.html", form.status, form=form, inquiry=one)


async def _own(request: Request) -> Inquiry:
    return await inquiry_queries.inquiry_for(request.user, request.path_params["key"])
