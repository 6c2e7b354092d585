"""Pages from templates, and redirects to pages."""

from collections.abc import Callable, Hashable, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from engage import dates
from engage.web import art, charts, marks, sessions
from engage.web.cache import remembered
from engage.web.marks import marked, plain
from engage.web.routing import path_for
from engage.web.sessions import say

__all__ = ["make_templates", "page_text", "render", "render_page", "render_part", "say", "see_other"]

PACKAGE = Path(__file__).parent.parent


def template_folder() -> Path:
    """Where the templates are: inside the installed package, or beside it in a checkout."""
    return next(path for path in (PACKAGE / "_templates", PACKAGE.parent / "templates") if path.is_dir())


class CompiledHere(BytecodeCache):
    """Templates that this process has compiled, by name and text; the next application need not do it again."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code, if it is known."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code."""
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


_compiled = CompiledHere()


def make_templates(folder: Path, asset: Callable[[str], str], watch: bool) -> Environment:
    """The templates. asset: the address of a static file; watch: read a changed template again."""
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,  # for every name: a feed or a mail is no less dangerous (SAFETY.md, 1.10)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=watch,
        cache_size=-1,
        bytecode_cache=_compiled,
        extensions=["jinja2.ext.i18n"],
    )
    templates.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    templates.globals |= {"asset": asset, "art": art, "charts": charts}
    templates.globals |= {"draw_icon": marks.Signs(asset), "foreign_words": marks.foreign}
    templates.filters |= {"day": day, "short_day": short_day, "ago": ago, "clock": clock}
    templates.filters |= {"marked": marked, "plain": plain, "shortened": shortened}
    return templates


def render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page. Besides the context the template has what every page needs; see page_context."""
    return render_page(request, template, status=status, said=sessions.take_said(request), **context)


def render_page(
    request: Request, *names: str, status: int, headers: Mapping[str, str] | None = None, **context: Any
) -> Response:
    """The first of these templates that there is, without the messages that wait for a page."""
    templates: Environment = request.app.templates
    template = templates.select_template(names)
    body = template.render({"said": (), **page_context(request), **context})
    return HTMLResponse(body, status, headers)


def page_text(request: Request, template: str, **context: Any) -> str:
    """A page as text, without messages, to be kept for whoever it was made for."""
    templates: Environment = request.app.templates
    return templates.get_template(template).render({"said": (), **page_context(request), **context})


def render_part(request: Request, template: str, **context: Any) -> str:
    """A piece of a page, to be kept and put into pages: it sees the school and the address, never the person."""
    templates: Environment = request.app.templates
    whole_page = page_context(request)
    return templates.get_template(template).render({name: whole_page[name] for name in ALIKE} | context)


def kept_part(request: Request, template: str, drawn: Mapping[str, Any] | None = None, **about: Any) -> Markup:
    """render_part(), kept by what it is made of: plain values, and rows and lists of them.

    drawn: what the template has besides, that shows nothing but what is said in about.
    """
    key = ("part", template, request.user.school, request.scope["path"], _by_value(about))
    return _kept(request, key, lambda: Markup(render_part(request, template, **(drawn or {}), **about)))


def header_of(request: Request, reader: Any, me: Markup, to_sign_in: str) -> Markup:
    """The head of a page, kept for all who are alike and stand behind the same doors of the menu.

    me: who is signed in, which is put into it. to_sign_in: to where a visitor comes back who signs in.
    """
    slug = reader.school.slug if reader is not None else ""
    standing = request.app.addresses.leading_to(request.scope["path"], request.path_params.get("school", slug))
    numbers = request.scope.get("engage.numbers", {})
    more = {"beside_doors": numbers, "standing": standing, "to_sign_in": to_sign_in, "me": Markup(ME)}
    if reader is None or reader.id is None:
        return Markup(render_part(request, "_header.html", reader=reader, **more))
    alike = reader.one_of_many
    key = ("header", request.app.addresses, alike, standing, tuple(numbers.items()), request.path_params.get("school"))
    header = _kept(request, key, lambda: Markup(render_part(request, "_header.html", reader=alike, **more)))
    return header.replace(Markup(ME), me)


def _kept(request: Request, key: Hashable, make: Callable[[], Markup]) -> Markup:
    # who writes templates sees them as they are
    made: Markup = make() if request.app.templates.auto_reload else remembered(key, make)
    return made


# a comment can never come out of what people write, where every < is escaped
ME = "<!-- who is signed in -->"


def _by_value(about: Any) -> Hashable:
    if isinstance(about, dict):
        return tuple([(name, _by_value(value)) for name, value in about.items()])
    if isinstance(about, list | tuple):
        return tuple([_by_value(each) for each in about])
    return about  # type: ignore[no-any-return]


# what is the same for everyone who asks for the same address
ALIKE = ("request", "school", "path", "url", "zone")


def page_context(request: Request) -> dict[str, Any]:
    """What every template has.

    reader: the Reader, None on pages outside a school. school: its card, or None. today: the school's date.
    nav: the first part of the address after the school, "" for its home. theme: "light", "dark" or "".
    path, url: the address of a row by its name, from the root and whole. header: see header_of.
    """
    reader = request.scope.get("user")
    school = reader.school if reader is not None else None
    parts = request.scope["path"].split("/")
    return {
        "request": request,
        "reader": reader,
        "school": school,
        "path": partial(path_for, request),
        "url": lambda name, query=None, **values: whole(request, path_for(request, name, query, **values)),
        "today": dates.today(school.zone if school else "UTC"),
        "nav": parts[2] if school and len(parts) > 2 else "",
        "theme": sessions.theme_of(request),
        "header": partial(header_of, request, reader),
        "zone": school.zone if school else "UTC",
        "here": request.scope["path"],
    }


def whole(request: Request, path: str) -> str:
    """A path as an address for other places: by the configured base, never by what the request says."""
    base: str = request.app.settings.base_url
    return base + path


def see_other(request: Request, name: str, query: Mapping[str, Any] | None = None, **values: Any) -> Response:
    """Go on to another page, by its name, after something was done."""
    return RedirectResponse(path_for(request, name, query, **values), 303)


def day(on: date, year: bool = False, zone: str = "") -> str:
    """Friday 14 November, and the year if asked for. zone: needed for a moment, which is another day elsewhere."""
    on = _day_of(on, zone)
    return f"{on:%A} {on.day} {on:%B}{f' {on.year}' if year else ''}"


def short_day(on: date, year: bool = False, zone: str = "") -> str:
    """14 Nov, and the year if asked for. zone: needed for a moment."""
    on = _day_of(on, zone)
    return f"{on.day} {on:%b}{f' {on.year}' if year else ''}"


def _day_of(on: date, zone: str) -> date:
    if not isinstance(on, datetime):
        return on
    if not zone:
        raise ValueError("a moment falls on a day only in a zone")
    return dates.on(on, zone)


def clock(at: datetime, zone: str) -> str:
    """3:05 pm by the school's clock."""
    return hour(at.astimezone(ZoneInfo(zone)).time())


def hour(at: time) -> str:
    """3:05 pm, where the school's clock was asked already."""
    return f"{at.hour % 12 or 12}:{at:%M} {'am' if at.hour < 12 else 'pm'}"


def shortened(text: str, most: int) -> str:
    """The first whole words of a text, and … for the rest. most: letters; a few more are no reason to cut."""
    if len(text) <= most + 5:
        return text
    words, blank, _ = text[: most + 1].rpartition(" ")
    return (words if blank else text[:most]).rstrip(" ,.;:!?-") + "…"


def ago(at: datetime, now: datetime | None = None) -> str:
    """How long ago a moment was, in the largest unit that says something."""
    passed = (now or dates.now()) - at
    if passed < timedelta(minutes=1):
        return "just now"
    for unit, length in AGO:
        if passed >= length:
            number = passed // length
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return "just now"


AGO = (
    ("year", timedelta(days=365)),
    ("month", timedelta(days=30)),
    ("week", timedelta(days=7)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)
