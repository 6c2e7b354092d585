"""The way of a newsletter to those who want it: queued, handed over letter by letter, tried again, marked."""

from datetime import datetime

from markupsafe import Markup, escape

from engage import dates
from engage.database.queue import enqueue
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.outside.mail import Letter, NotSent, Post, post_of, reached
from engage.people.rules import Reader
from engage.promotion.digests import Content, content_of, wanting
from engage.promotion.telling_models import Digest, DigestMail
from engage.promotion.telling_queries import may_tell
from engage.promotion.telling_rules import MailState
from engage.settings import Settings


@one_transaction
async def send(key: str, *, by: Reader) -> int:
    """Send a newsletter to all who want it and have not had it; how many. Raises NotFound, Refused."""
    found = await Digest.get_or_none(school_id=by.school.id, key=key)
    if found is None or not may_tell(by):
        raise NotFound(key)
    of = {"school_id": by.school.id, "digest_id": found.id}
    had = set(await DigestMail.filter(**of).exclude(state=MailState.FAILED).values_list("reader_id", flat=True))
    await DigestMail.filter(**of, state=MailState.FAILED).update(state=MailState.WAITING, problem="")
    tried = set(await DigestMail.filter(**of).values_list("reader_id", flat=True))
    new = [number for (number,) in await wanting(by.school.id).values_list("id") if number not in had | tried]
    await DigestMail.bulk_create([DigestMail(**of, reader_id=number) for number in new])
    waiting = await DigestMail.filter(**of, state=MailState.WAITING).count()
    if not waiting:
        raise Refused("Nobody is left to send it to.")
    await enqueue("send_digest", {"digest_id": found.id}, key=f"digest {found.id}")
    return waiting


async def send_digest(digest_id: int, settings: Settings) -> int:
    """The job: hand over what waits, one letter after the other; how many went. Raises NotSent to be tried again.

    A letter is marked when the server has taken it. Broken off in between, it goes once more under the same number,
    by which mail programs know it. A letter that is not taken for now keeps no other back.
    """
    post = post_of(settings)
    if not post.host:
        return 0
    with every_school("a job of one school"):
        digest = await Digest.get_or_none(id=digest_id).prefetch_related("school")
        waiting = await DigestMail.filter(digest_id=digest_id, state=MailState.WAITING).order_by("id").values("id")
        if digest is None or not waiting or digest.school.closed_at is not None:
            return 0
        try:
            return await _hand_over(digest, [row["id"] for row in waiting], post, settings.base_url)
        except NotSent as no:
            await DigestMail.filter(digest_id=digest_id, state=MailState.WAITING).update(problem=no.sentence)
            raise


async def _hand_over(digest: Digest, mails: list[int], post: Post, base: str) -> int:
    content, went = content_of(digest.content), 0
    later: NotSent | None = None
    async with reached(post) as line:
        for number in mails:
            rows = await DigestMail.filter(id=number, state=MailState.WAITING).values(
                "reader_id", address="reader__address", token="reader__token"
            )
            if not rows:
                continue
            row = rows[0]
            # who ended it, or left the school, since it was queued
            if not await wanting(digest.school_id).filter(id=row["reader_id"]).exists():  # type: ignore[attr-defined]
                await _mark(number, MailState.LET_GO)
                continue
            letter = letter_of(digest, content, row["address"], row["token"], number, base)
            try:
                await line.send(letter)
            except NotSent as no:
                if not no.for_good and not no.alone:
                    raise
                later = later if no.for_good else no
                await _mark(number, MailState.FAILED if no.for_good else MailState.WAITING, no.sentence)
            else:
                await _mark(number, MailState.SENT)
                went += 1
    if later is not None:
        raise later
    return went


@one_transaction
async def _mark(number: int, state: MailState, problem: str = "") -> None:
    sent: datetime | None = dates.now() if state is MailState.SENT else None
    await DigestMail.filter(id=number).update(state=state.value, problem=problem, sent_at=sent)


def letter_of(digest: Digest, content: Content, address: str, token: str, number: int, base: str) -> Letter:
    """The letter to one reader."""
    leave, school = f"{base}/newsletter/leave/{token}", digest.school.name
    return Letter(
        to=address,
        subject=digest.subject,
        text=text_of(digest.subject, content, base, school, leave),
        html=html_of(digest.subject, content, base, school, leave, digest.school.language),
        number=f"{digest.key}.{number}",
        sender_name=school,
        leave=leave,
    )


def text_of(subject: str, content: Content, base: str, school: str, leave: str = "") -> str:
    """The newsletter as plain text."""
    lines = [subject, "=" * min(len(subject), 70), ""]
    if content.greeting:
        lines += [content.greeting, ""]
    for heading, items in content.parts:
        lines += [heading.upper(), ""]
        for item in items:
            lines += [part for part in (item.title, item.line) if part]
            lines += [f"{base}/go/{item.go}"] if item.go else []
            lines.append("")
    lines.append(school)
    lines += [f"To get this no longer: {leave}"] if leave else []
    return "\n".join(lines) + "\n"


def html_of(subject: str, content: Content, base: str, school: str, leave: str = "", language: str = "en") -> str:
    """The newsletter as mark-up that every mail program shows: headings, lists and links, nothing that is loaded."""
    parts = [Markup("<h1>{}</h1>").format(subject)]
    parts += [Markup("<p>{}</p>").format(line) for line in content.greeting.splitlines() if line.strip()]
    for heading, items in content.parts:
        parts.append(Markup("<h2>{}</h2>\n<ul>").format(heading))
        for item in items:
            title = Markup("<b>{}</b>").format(item.title) if item.title else Markup("")
            if item.go:
                title = Markup('<a href="{}">{}</a>').format(f"{base}/go/{item.go}", title)
            line = Markup("<br>").join([part for part in (title, escape(item.line)) if part])
            parts.append(Markup("<li>{}</li>").format(line))
        parts.append(Markup("</ul>"))
    parts.append(Markup("<p>{}</p>").format(school))
    if leave:
        parts.append(Markup('<p><a href="{}">I do not want this any more</a></p>').format(leave))
    head = Markup('<!doctype html>\n<html lang="{}">\n<head><meta charset="utf-8"><title>{}</title></head>\n<body>\n')
    # as text: it is shown to be copied, too
    return str(head.format(language, subject) + Markup("\n").join(parts) + Markup("\n</body>\n</html>\n"))
