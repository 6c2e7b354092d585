"""The one door for mail: a letter to one of the staff, through the operator's own server (SAFETY.md, P7).

Nothing is fetched by a letter: its pictures would tell who opens it, so it has none. Source: RFC 5321, 8058.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as LINES
from email.utils import format_datetime, formataddr
from urllib.parse import urlsplit

import aiosmtplib
from aiosmtplib import SMTP

from engage import dates
from engage.settings import Settings

SECONDS = 20.0
TLS, STARTTLS = "tls", "starttls"


class NotSent(Exception):
    """A letter that did not go, in a sentence. for_good: trying again would not help. alone: others may still go."""

    def __init__(self, sentence: str, for_good: bool = False, alone: bool = False) -> None:
        super().__init__(sentence)
        self.sentence, self.for_good, self.alone = sentence, for_good, alone


@dataclass(frozen=True)
class Post:
    """The server that takes letters, and who they are from."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    security: str = STARTTLS
    site: str = ""


@dataclass(frozen=True)
class Letter:
    """A letter in both forms. number: tells it from all others, so that a second try is known as the same.

    leave: the address that ends such letters with one press.
    """

    to: str
    subject: str
    text: str
    html: str
    number: str
    sender_name: str
    leave: str


def post_of(settings: Settings) -> Post:
    """The operator's server."""
    return Post(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_from,
        settings.smtp_user,
        settings.smtp_password,
        settings.smtp_security,
        urlsplit(settings.base_url).hostname or "localhost",
    )


def message_of(letter: Letter, post: Post) -> EmailMessage:
    """The letter as it travels."""
    message = EmailMessage(policy=LINES)
    message["From"] = formataddr((letter.sender_name, post.sender))
    message["To"] = letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(dates.now())
    message["Message-ID"] = f"<{letter.number}@{post.site or 'localhost'}>"
    message["List-Unsubscribe"] = f"<{letter.leave}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


@asynccontextmanager
async def reached(post: Post) -> AsyncIterator["Line"]:
    """The server, greeted and signed in to. Raises NotSent."""
    client = SMTP(
        hostname=post.host,
        port=post.port,
        use_tls=post.security == TLS,
        start_tls=post.security == STARTTLS,
        timeout=SECONDS,
    )
    try:
        await client.connect()
        if post.user:
            await client.login(post.user, post.password)
    except (aiosmtplib.SMTPException, OSError) as exc:
        client.close()
        raise NotSent(_why(exc)) from exc
    try:
        yield Line(client, post)
    finally:
        client.close()


@dataclass(frozen=True)
class Line:
    """A server that was reached."""

    client: SMTP
    post: Post

    async def send(self, letter: Letter) -> None:
        """Hand a letter over. Raises NotSent."""
        try:
            await self.client.send_message(message_of(letter, self.post))
        except ValueError as exc:
            raise NotSent("The address is none.", for_good=True) from exc
        except aiosmtplib.SMTPNotSupported as exc:
            raise NotSent("The server does not take letters of such an address.", for_good=True) from exc
        except aiosmtplib.SMTPRecipientsRefused as exc:
            codes = [refused.code for refused in exc.recipients]
            for_good = min(codes, default=0) >= 500
            raise NotSent("The server does not take the address.", for_good, alone=True) from exc
        except aiosmtplib.SMTPResponseException as exc:
            raise NotSent(f"The server said {exc.code}.", for_good=exc.code >= 500) from exc
        except (aiosmtplib.SMTPException, OSError) as exc:
            raise NotSent(_why(exc)) from exc


async def problem_with(post: Post) -> str:
    """What keeps letters from going, "" where nothing does; nothing is sent."""
    try:
        async with reached(post):
            return ""
    except NotSent as no:
        return no.sentence


def _why(exc: Exception) -> str:
    if isinstance(exc, aiosmtplib.SMTPAuthenticationError):
        return "It does not take the name and password."
    if isinstance(exc, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return "It does not answer."
    if isinstance(exc, aiosmtplib.SMTPConnectError | OSError):
        return "It cannot be reached."
    return f"It broke off ({type(exc).__name__})."
