"""The newsletter on its desk, and the two doors of its readers: to get it, and to get it no longer."""

from datetime import timedelta
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from wtforms import BooleanField, DateField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from engage import dates
from engage.errors import NotFound, Refused
from engage.people.queries import oneself
from engage.promotion import digests, mailing
from engage.promotion.telling_queries import may_tell
from engage.promotion.telling_rules import MailState
from engage.web.forms import Form, trimmed
from engage.web.render import render, say, see_other

LOOKS_BACK = timedelta(days=13)


class DigestForm(Form):
    """What a newsletter is about, and for whom."""

    subject = StringField("Subject", [InputRequired("Write a subject.")], [trimmed])
    greeting = TextAreaField("A few words of your own", filters=[trimmed])
    starts = DateField("First day", [InputRequired("Pick the first day.")])
    ends = DateField("Last day", [InputRequired("Pick the last day.")])
    audience = RadioField(
        "Who will read it?",
        choices=[
            SelectChoice("staff", "Staff: what the school may see"),
            SelectChoice("all", "Families too: only what everybody may see"),
        ],
        default="staff",
    )
    no_name = BooleanField("It is a name in a book, of nobody here")


class AddressForm(Form):
    """Where the newsletter goes."""

    address = StringField("E-mail address", [InputRequired("Type your address.")], [trimmed])


async def digest(request: Request) -> Response:
    """Put a newsletter together, and see earlier ones."""
    reader = request.user
    if not may_tell(reader):
        raise NotFound("newsletter")
    today = dates.today(reader.school.zone)
    preset: dict[str, Any] = {"subject": f"From the library of {reader.school.name}", "ends": today}
    form = await DigestForm.read(request, **preset, starts=today - LOOKS_BACK)
    if form.complete:
        try:
            key = await digests.compose(
                form.subject.data,
                form.greeting.data or "",
                form.starts.data,
                form.ends.data,
                for_all=form.audience.data == "all",
                no_name=bool(form.no_name.data),
                by=reader,
                form_key=form.key,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return see_other(request, "promotion.sent", key=key)
    return render(
        request,
        "promotion/digest.html",
        form.status,
        form=form,
        asks_name=bool(form.no_name.errors) or bool(form.no_name.data),
        earlier=await digests.digests(reader),
        wanting=await digests.how_many(reader),
        mails=bool(request.app.settings.smtp_host),
    )


async def sent(request: Request) -> Response:
    """A newsletter as it will be or was: to look at, to copy, and to send."""
    reader = request.user
    found = await digests.digest_for(reader, request.path_params["key"])
    settings = request.app.settings
    if request.method == "POST":
        await Form.read(request)
        try:
            if not settings.smtp_host:
                raise Refused("No mail server is set up. Copy it instead.")
            many = await mailing.send(found["key"], by=reader)
        except Refused as refused:
            say(request, refused.sentence, kind="care")
        else:
            say(request, f"It is on its way to {many} {'person' if many == 1 else 'people'}.", kind="note")
        return see_other(request, "promotion.sent", key=found["key"])
    html = mailing.html_of(
        found["subject"], found["content"], settings.base_url, reader.school.name, "", reader.school.language
    )
    states = [row["state"] for row in found["mails"]]
    return render(
        request,
        "promotion/sent.html",
        digest=found,
        html=html,
        body=Markup(html.partition("<body>")[2].partition("</body>")[0]),
        text=mailing.text_of(found["subject"], found["content"], settings.base_url, reader.school.name),
        counts={state: states.count(state) for state in MailState},
        problems=sorted({row["problem"] for row in found["mails"] if row["problem"]}),
        wanting=await digests.how_many(reader),
        mails=bool(settings.smtp_host),
    )


async def subscribe(request: Request) -> Response:
    """Get the newsletter, or change where it goes."""
    reader = request.user
    if reader.id is None or not reader.is_staff:
        raise NotFound("newsletter")
    now = await digests.subscription(reader)
    address = now.address if now else (await oneself(reader)).email
    form = await AddressForm.read(request, address=address)
    if form.complete:
        try:
            await digests.join(form.address.data, by=reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "You get the newsletter from now on.")
            return see_other(request, "promotion.subscribe")
    return render(request, "promotion/subscribe.html", form.status, form=form, now=now)


async def leave(request: Request) -> Response:
    """Get it no longer, with one press and without signing in; or again. Source: RFC 8058."""
    token = request.path_params["token"]
    found = await digests.reader_with(token)
    if request.method == "POST":
        again = request.scope.get("engage.body", b"") == b"again=1"
        await digests.let_go(token, again)
        found = await digests.reader_with(token)
    return render(request, "promotion/leave.html", found=found)
