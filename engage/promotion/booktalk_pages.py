"""Booktalks: a person of the library says something about a resource; a recording opens on its own site."""

from starlette.requests import Request
from starlette.responses import Response
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired

from engage.errors import Refused
from engage.promotion import telling
from engage.promotion.telling_queries import booktalk_for, booktalks_of, resource_to_talk_of
from engage.promotion.telling_rules import TALK
from engage.web.forms import Form, trimmed
from engage.web.front import share
from engage.web.render import render, say, see_other


class TalkForm(Form):
    """The words, and the address of a recording."""

    text = TextAreaField("What do you say about it?", [InputRequired("Write a sentence or two.")], [trimmed])
    url = StringField("Address of a recording or film", filters=[trimmed])


async def give_talk(request: Request) -> Response:
    """Say something about a resource, and see what was said."""
    reader, key = request.user, request.path_params["key"]
    resource = await resource_to_talk_of(reader, key)
    form = await TalkForm.read(request)
    if form.complete:
        try:
            await telling.talk(key, form.text.data, form.url.data or "", by=reader, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It stands on the page now, and on every list that has this.")
            return see_other(request, "resources.show", key=key)
    talks = await booktalks_of(reader, [resource.id])
    return render(request, "promotion/booktalk.html", form.status, form=form, resource=resource, talks=talks, most=TALK)


async def take_talk_back(request: Request) -> Response:
    """Take it back."""
    key = await telling.take_back(request.path_params["key"], by=request.user)
    say(request, "It is taken back.", kind="note")
    return see_other(request, "promotion.give_talk", key=key)


async def leave_for_talk(request: Request) -> Response:
    """Say that another site opens next, and which (SAFETY.md, P7)."""
    talk, resource = await booktalk_for(request.user, request.path_params["key"])
    if request.user.id is None:
        share(request)
    link = {"url": talk["url"], "site": talk["site"], "access": ""}
    return render(request, "resources/leave.html", resource=resource, link=link)
