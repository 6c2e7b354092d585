"""Handing out: prizes in one tap, certificates for a class or a program, and a student's own certificate."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.database import fold
from engage.errors import Refused
from engage.outside.typeset import Press, press_in
from engage.people.rules import Reader
from engage.programs import certificate_actions, prize_actions, recognition_queries
from engage.programs.certificates import Certificate, Sheet, values_of
from engage.programs.queries import program_for
from engage.programs.recognition_forms import CertificatesForm
from engage.programs.recognition_mine import own_paper
from engage.programs.recognition_queries import Earned, Sight
from engage.programs.recognition_rules import CERTIFICATES_IN_FILE, HANDED, DeliveryKind
from engage.web.forms import choice, words
from engage.web.paper import Paper, paper_for
from engage.web.render import render, say, see_other, template_folder
from engage.web.routing import path_for
from engage.web.tables import attachment

PDF = "application/pdf"
SHOWN = 100


async def hand_out(request: Request) -> Response:
    """Who may have which prize, who has it, and what is left."""
    reader = request.user
    program, sight = await recognition_queries.at_the_desk(reader, request.path_params["slug"])
    asked = words(request, "name", 80)
    people = called(await recognition_queries.participants(reader, program["id"], sight), asked)
    ids = [each["id"] for each in people]
    earned = await recognition_queries.earned_in(reader, program["id"], ids)
    handed = await recognition_queries.deliveries_of(reader, program["id"], HANDED, ids)
    prizes = await recognition_queries.prizes_of(reader, program["id"])
    return render(
        request,
        "programs/hand_out.html",
        program=program,
        everybody=sight.everybody,
        people=len(people),
        asked=asked,
        most=SHOWN,
        prizes=[_with_people(prize, people, earned, handed) for prize in prizes],
    )


def called(people: Sequence[dict[str, Any]], name: str) -> Sequence[dict[str, Any]]:
    """Those of some people in whose names each of these words begins one; all where there are none."""
    wanted = fold.words(name)
    return [each for each in people if all(_begins(word, fold.words(each["name"])) for word in wanted)]


def _begins(word: str, parts: Sequence[str]) -> bool:
    return any(part.startswith(word) for part in parts)


def _with_people(
    prize: Mapping[str, Any], people: Sequence[Mapping[str, Any]], earned: Earned, handed: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """A prize with those who may have it (due) and those who had it (had; kept: not earned any more)."""
    since = earned.to(prize)
    given = {row["person_id"]: row for row in handed if row["prize_id"] == prize["id"]}
    due = [{**each, "since": since[each["id"]]} for each in people if each["id"] in since and each["id"] not in given]
    had = [
        {**each, "delivery": given[each["id"]]["key"], "on": given[each["id"]]["on"], "kept": each["id"] not in since}
        for each in people
        if each["id"] in given
    ]
    had.sort(key=lambda row: row["on"], reverse=True)
    # a school may have a thousand: as many as a page holds, and the rest by name (SAFETY.md, O5)
    return {**prize, "due": due[:SHOWN], "had": had[:SHOWN], "dues": len(due), "hads": len(had)}


async def hand_over(request: Request) -> Response:
    """A prize goes to a student."""
    slug = request.path_params["slug"]
    try:
        name, title, delivery = await prize_actions.hand_over(
            slug, request.path_params["prize"], request.path_params["person"], request.user
        )
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        undo = path_for(request, "programs.undo_delivery", slug=slug, delivery=delivery)
        say(request, f"{name} has {title} now.", undo=undo)
    return see_other(request, "programs.hand_out", slug=slug)


async def undo_delivery(request: Request) -> Response:
    """It was noted by mistake."""
    slug = request.path_params["slug"]
    name, what = await prize_actions.undo_delivery(slug, request.path_params["delivery"], request.user)
    say(request, f"Taken back: {name} does not have {what}.")
    return see_other(request, "programs.hand_out", slug=slug)


async def print_certificates(request: Request) -> Response:
    """Certificates of many at once; each that is printed is noted, so that it stays whatever comes."""
    reader = request.user
    program, sight = await recognition_queries.at_the_desk(reader, request.path_params["slug"])
    badges = await recognition_queries.badges_of(reader, program["id"])
    named = _asked_badge(request, badges)
    asked = words(request, "name", 80)
    every = called(await _entitled(reader, program, sight, named), asked)
    # who has none yet comes first
    people = sorted(every, key=lambda each: each["printed"] is not None)[:SHOWN]
    new = [each["key"] for each in people if each["printed"] is None][:CERTIFICATES_IN_FILE]
    form = await CertificatesForm.read(
        request,
        {"people": [(each["key"], each["name"]) for each in people]},
        people=new,
        paper=paper_for(reader.school.zone).value,
    )
    if form.complete:
        chosen = [each for each in people if each["key"] in (form.people.data or ())]
        try:
            certificate_actions.check_batch(len(chosen))
            pdf = await _set(reader, program, named, chosen, Paper(form.paper.data))
            await certificate_actions.note_printed(
                program["slug"], named["key"] if named else "", [each["key"] for each in chosen], reader
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return _as_file(pdf, f"{program['slug']}-certificates.pdf")
    return render(
        request,
        "programs/certificates.html",
        form.status,
        form=form,
        program=program,
        badges=badges,
        named=named,
        people=people,
        number=len(every),
        asked=asked,
        everybody=sight.everybody,
        most=CERTIFICATES_IN_FILE,
    )


def _asked_badge(request: Request, badges: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The badge that the address names; None for the whole program."""
    key = choice(request, "badge", [each["key"] for each in badges])
    return next((each for each in badges if each["key"] == key), None)


async def _entitled(
    reader: Reader, program: Mapping[str, Any], sight: Sight, badge: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Those who have earned a certificate: with since (the day), days (of taking part), printed (the day, or None)."""
    badge_id = badge["id"] if badge else None
    people = await recognition_queries.participants(reader, program["id"], sight)
    ids = [each["id"] for each in people]
    since = (await recognition_queries.earned_in(reader, program["id"], ids)).of(badge_id)
    rows = await recognition_queries.deliveries_of(reader, program["id"], [DeliveryKind.CERTIFICATE], ids)
    printed = {row["person_id"]: row for row in rows if row["badge_id"] == badge_id}
    days = await recognition_queries.days_of(reader, program["id"], ids)
    return [
        {
            **each,
            "since": since[each["id"]],
            "days": days.get(each["id"], 0),
            "printed": printed[each["id"]]["on"] if each["id"] in printed else None,
        }
        for each in people
        if each["id"] in since
    ]


async def certificate(request: Request) -> Response:
    """One's own certificate, for the program or one of its badges, to print at home. Raises NotFound without one."""
    reader = request.user
    program = await program_for(reader, request.path_params["slug"])
    badge, person = await own_paper(reader, program, request.query_params.get("badge", ""))
    paper = Paper(choice(request, "paper", list(Paper), paper_for(reader.school.zone)))
    return _as_file(await _set(reader, program, badge, [person], paper), f"{program['slug']}-certificate.pdf")


async def _set(
    reader: Reader,
    program: Mapping[str, Any],
    badge: Mapping[str, Any] | None,
    people: Sequence[Mapping[str, Any]],
    paper: Paper,
) -> bytes:
    signed = await recognition_queries.signed_by(reader, program)
    sheets = [Sheet(each["name"], each["since"], each["days"]) for each in people]
    data = values_of(Certificate(program, badge, signed), sheets, reader.school, paper)
    return await the_press().pdf("certificate", data, dates.now())


def _as_file(pdf: bytes, name: str) -> Response:
    return Response(pdf, media_type=PDF, headers={"Content-Disposition": attachment(name)})


def the_press() -> Press:
    """The press of this worker."""
    return press_in(template_folder() / "paper")
