"""The page of one source: how it is, what its visits came to, and what a specialist decides about what it brings.

It stands among lists, not among resources, because a source may have a list where its entries go (DECISIONS.md).
"""

from collections.abc import Mapping
from typing import Any

import wtforms
from starlette.requests import Request
from starlette.responses import Response
from wtforms.fields.choices import SelectChoice

from engage import dates
from engage.engagement.rules import Mode
from engage.errors import NotFound, Refused
from engage.lists import queries
from engage.outside.fetch import door_of
from engage.people.rules import grade_name
from engage.resources import muting, sources, visiting, waiting
from engage.resources.languages import NAMES, name_of
from engage.resources.rules import SOURCE_KINDS, SourceState
from engage.resources.source_history import history_of, next_visit
from engage.resources.sources import Decided
from engage.resources.wording import GRADES, for_grades
from engage.web.forms import Form, trimmed
from engage.web.render import render, say, see_other

LANGUAGES = [("", "As each entry says"), *sorted(NAMES.items(), key=lambda each: each[1])]
RULES = 40


def choices(pairs: Any) -> list[SelectChoice]:
    """Pairs of value and words as WTForms takes them."""
    return [SelectChoice(value, words) for value, words in pairs]


class SourceForm(Form):
    """What a specialist decides about a source."""

    title = wtforms.StringField("Name", [wtforms.validators.Length(max=500)], filters=[trimmed])
    address = wtforms.StringField(
        "Address",
        [wtforms.validators.InputRequired("Write the address."), wtforms.validators.Length(max=2_000)],
        filters=[trimmed],
    )
    minutes = wtforms.SelectField("Look every", choices=choices(visiting.INTERVALS.items()), coerce=int)
    topic = wtforms.StringField("Topic", [wtforms.validators.Length(max=120)], filters=[trimmed])
    mode = wtforms.SelectField("Its entries are for", choices=choices(visiting.MODES.items()))
    language = wtforms.SelectField("Language")
    audience_low = wtforms.SelectField("For grades from", choices=choices(GRADES))
    audience_high = wtforms.SelectField("up to", choices=choices(GRADES))
    default_list = wtforms.SelectField("They usually go onto")
    words = wtforms.TextAreaField("Words to keep out", [wtforms.validators.Length(max=8_000)])

    @property
    def decided(self) -> Decided:
        """The values as the action takes them."""
        low, high = (int(each.data) if each.data else None for each in (self.audience_low, self.audience_high))
        lines = [line for line in (self.words.data or "").splitlines() if line.strip()]
        if len(lines) > RULES:
            raise Refused(f"Write {RULES} rules at most for one feed; these are {len(lines)}.", about="words")
        return Decided(
            title=self.title.data or "",
            minutes=self.minutes.data,
            mode=Mode(self.mode.data) if self.mode.data else None,
            topic=self.topic.data or "",
            language=self.language.data,
            audience_low=low,
            audience_high=high,
            default_list=self.default_list.data,
            words=tuple(lines),
        )


async def show(request: Request) -> Response:
    """One source: how it is, what its visits found, and what was decided about it."""
    return await _page(request, changing=False)


async def change(request: Request) -> Response:
    """Decide otherwise about a source."""
    if not request.user.may("FED01"):
        raise NotFound(request.path_params["key"])
    return await _page(request, changing=True)


async def _page(request: Request, changing: bool) -> Response:
    reader, now = request.user, dates.now()
    source = await waiting.source_of(reader, request.path_params["key"], now)
    rules = await muting.rules_for(reader, source["key"])
    own = [rule["words"] for rule in rules if rule["source_key"]]
    lists = {row["key"]: row["title"] for row in await queries.editable_lists(reader)}
    form = await _form_of(request, source, own, lists)
    if changing and form.complete:
        try:
            allowed = door_of(request.app.settings).allowed
            await sources.change_source(source["key"], form.address.data, form.decided, by=reader, allowed=allowed)
            say(request, "Saved.")
            return see_other(request, "resources.source", key=source["key"])
        except Refused as no:
            form.refuse(no)
    return render(
        request,
        "resources/source.html",
        form.status,
        source=source,
        form=form,
        kind=SOURCE_KINDS.get(source["kind"], "Feed"),
        history=await history_of(reader, source["id"], now),
        next=next_visit(source, now),
        rules=in_words(source, own, lists),
        for_all=len(rules) - len(own),
        removed=source["state"] is SourceState.RETIRED and not source["failures"],
        may_change=reader.may("FED01"),
        may_fetch=reader.may("FED02"),
    )


async def _form_of(request: Request, source: Mapping[str, Any], own: list[str], lists: Mapping[str, str]) -> SourceForm:
    grades = {name: "" if source[name] is None else str(source[name]) for name in ("audience_low", "audience_high")}
    known = source["language"] in dict(LANGUAGES)
    more = [] if known else [(source["language"], name_of(source["language"]))]
    return await SourceForm.read(
        request,
        {"language": [*LANGUAGES, *more], "default_list": [("", "No list; choose each time"), *lists.items()]},
        **{name: source[name] for name in ("title", "topic", "language")},
        **grades,
        address=source["url"],
        minutes=source["minutes_between"],
        mode=source["mode"] or "",
        default_list=source["default_list"] if source["default_list"] in lists else "",
        words="\n".join(own),
    )


def in_words(source: Mapping[str, Any], own: list[str], lists: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was decided about a source, as pairs of words, for those who may only look."""
    low, high = source["audience_low"], source["audience_high"]
    grades = for_grades(low, high) or (f"Up to grade {grade_name(high)}" if high is not None else "")
    told = [
        ("Look every", visiting.INTERVALS.get(source["minutes_between"], f"{source['minutes_between']} minutes")),
        ("Topic", source["topic"]),
        ("Its entries are for", visiting.MODES[source["mode"] or ""]),
        ("Language", name_of(source["language"]) if source["language"] else ""),
        ("For", grades),
        ("They usually go onto", lists.get(source["default_list"], "")),
        ("Kept out", "; ".join(own)),
    ]
    return [(name, words) for name, words in told if words]
