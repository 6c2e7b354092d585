"""The challenges of a program on the desk, a form for each kind, and the activities and prompts in them."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound, Refused
from engage.lists.queries import items_of, list_to_edit
from engage.programs import challenge_actions, queries, running_queries
from engage.programs.bingo import SIZES
from engage.programs.challenge_forms import (
    FORMS,
    KINDS,
    ActivityForm,
    ChallengeForm,
    ListForm,
    card_form,
    preset_of_activity,
    preset_of_challenge,
    sample_card,
)
from engage.programs.queries import Terms
from engage.programs.rule_words import choices
from engage.programs.rules import ActivityKind, ChallengeKind
from engage.programs.sure_pages import drop_if_sure, sure
from engage.web.forms import choice, number
from engage.web.render import render, say, see_other


async def add_challenge(request: Request) -> Response:
    """One more thing to achieve; first of all, of which kind."""
    terms = await running_queries.terms_to_run(request.user, request.path_params["key"])
    name = choice(request, "kind", [kind.value for kind in ChallengeKind])
    if not name:
        return render(request, "programs/kinds.html", program=terms.program, kinds=KINDS, sizes=SIZES)
    return await _challenge(request, terms, None, ChallengeKind(name))


async def change_challenge(request: Request) -> Response:
    """Change a challenge."""
    terms = await running_queries.terms_to_run(request.user, request.path_params["key"])
    row = _found(terms.challenges, request.path_params["challenge"])
    return await _challenge(request, terms, row, ChallengeKind(row["kind"]))


async def _challenge(request: Request, terms: Terms, row: Any, kind: ChallengeKind) -> Response:
    reader, program = request.user, terms.program
    form, more = await _form(request, terms, row, kind)
    if form.complete:
        try:
            asked, key = form.asked(), row["key"] if row else ""
            made = form.key

            async def put(form_key: str = "") -> str:
                return await challenge_actions.put_challenge(program["key"], key, reader, **asked, form_key=form_key)

            kept = await sure(form, program, reader, put, lambda: put(made))
        except Refused as refused:
            form.refuse(refused)
        else:
            if kept:
                say(request, "The challenge is kept.")
                return see_other(request, "programs.edit", key=program["key"])
    things = [
        each for each in terms.activities if row and each["challenge_id"] == row["id"] and each["gone_on"] is None
    ]
    return render(
        request,
        "programs/challenge.html",
        form.status,
        form=form,
        program=program,
        challenge=row,
        kind=kind.value,
        words=KINDS[kind],
        things=things,
        **more,
    )


async def _form(request: Request, terms: Terms, row: Any, kind: ChallengeKind) -> tuple[ChallengeForm, dict[str, Any]]:
    """The form of a kind, and what its page shows besides."""
    preset = preset_of_challenge(row) if row else {}
    if kind is ChallengeKind.BINGO:
        return await _card(request, terms, row, preset)
    if kind is not ChallengeKind.LIST:
        return await FORMS[kind].read(request, **preset), {"items": []}
    reader = request.user
    lists = await queries.lists_to_choose(reader)
    slugs = {each["slug"]: each["key"] for each in lists}
    curated = slugs.get(row["list_slug"], "") if row else ""
    items = await items_of(await list_to_edit(reader, curated)) if curated else []
    offering = {
        "curated": [("", "Choose a list"), *((each["key"], each["title"]) for each in lists)],
        "required": [(item["resource_key"], item["title"]) for item in items],
    }
    return await ListForm.read(request, offering, **preset, curated=curated), {"items": items}


async def _card(
    request: Request, terms: Terms, row: Any, preset: dict[str, Any]
) -> tuple[ChallengeForm, dict[str, Any]]:
    size = int(len([name for name in preset if name.startswith("words_")]) ** 0.5)
    if not size:
        size = number(request, "size", 5, min(SIZES), max(SIZES))
        preset = sample_card(size)
    others = [each for each in terms.challenges if row is None or each["key"] != row["key"]]
    offered = choices(others, terms.badges, _standing(terms))
    form = await card_form(size, offered).read(request, **preset)
    return form, {"items": [], "size": size, "frozen": row is not None and terms.program["state"] != "draft"}


async def drop_challenge(request: Request) -> Response:
    """Take a challenge out of the program."""
    reader, key = request.user, request.path_params["key"]
    program = await queries.program_to_run(reader, key)

    async def drop() -> str:
        return await challenge_actions.drop_challenge(key, request.path_params["challenge"], reader)

    return await drop_if_sure(request, program, drop)


async def add_activity(request: Request) -> Response:
    """One more activity or prompt."""
    terms = await running_queries.terms_to_run(request.user, request.path_params["key"])
    return await _activity(request, terms, None)


async def change_activity(request: Request) -> Response:
    """Change an activity or prompt."""
    terms = await running_queries.terms_to_run(request.user, request.path_params["key"])
    return await _activity(request, terms, _found(_standing(terms), request.path_params["activity"]))


async def _activity(request: Request, terms: Terms, row: Any) -> Response:
    reader, program = request.user, terms.program
    home = _home(terms, request.path_params["challenge"], row)
    form = await ActivityForm.read(request, **(preset_of_activity(row) if row else {}))
    if form.complete:
        try:
            asked, key = form.asked(), row["key"] if row else ""
            await challenge_actions.put_activity(program["key"], home["key"], key, reader, **asked, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is kept.")
            return see_other(request, "programs.change_challenge", key=program["key"], challenge=home["key"])
    prompts = home["kind"] == ChallengeKind.PROMPTS
    return render(
        request,
        "programs/activity.html",
        form.status,
        form=form,
        program=program,
        challenge=home,
        activity=row,
        prompts=prompts,
    )


async def drop_activity(request: Request) -> Response:
    """Take an activity or prompt away; what was done of it still counts."""
    key, home, activity = (request.path_params[name] for name in ("key", "challenge", "activity"))
    try:
        title = await challenge_actions.drop_activity(key, home, activity, request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        say(request, f"{title} is taken away. What was done of it still counts.")
    return see_other(request, "programs.change_challenge", key=key, challenge=home)


async def answers(request: Request) -> Response:
    """What was answered to an activity, and how often: the result of a vote. Without names."""
    reader = request.user
    terms = await running_queries.terms_to_run(reader, request.path_params["key"])
    row = _found(terms.activities, request.path_params["activity"])
    home = _home(terms, request.path_params["challenge"], row)
    if row["kind"] != ActivityKind.ANSWER:
        raise NotFound(row["key"])
    exact = terms.program["by_id"] == reader.id
    given = await running_queries.answers_to(reader, row["id"], 0 if exact else reader.school.fewest)
    return render(
        request,
        "programs/answers.html",
        program=terms.program,
        challenge=home,
        activity=row,
        given=given,
    )


def _standing(terms: Terms) -> list[Mapping[str, Any]]:
    return [row for row in terms.activities if row["gone_on"] is None]


def _home(terms: Terms, key: str, row: Any) -> Mapping[str, Any]:
    """The challenge of an address, which holds the activity. Raises NotFound."""
    home: Mapping[str, Any] = _found(terms.challenges, key)
    if home["kind"] not in (ChallengeKind.ACTIVITIES, ChallengeKind.PROMPTS):
        raise NotFound(key)
    if row is not None and row["challenge_id"] != home["id"]:
        raise NotFound(row["key"])
    return home


def _found(rows: Any, key: str) -> Any:
    row = next((row for row in rows if row["key"] == key), None)
    if row is None:
        raise NotFound(key)
    return row
