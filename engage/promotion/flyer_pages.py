"""The flyer of a program: one sheet with its words, its days and a code that leads to it."""

from datetime import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.people.rules import SchoolCard
from engage.programs import queries as programs
from engage.programs.joining_rules import Joining
from engage.programs.rules import ProgramState
from engage.promotion import codes
from engage.promotion.paper import LEAD, TITLE, scene
from engage.promotion.paper_pages import PDF, beside, held, paper_of, the_press
from engage.promotion.posters import FLAT, FLATTER, FOOT, LONG, UNITS
from engage.web.cache import answer
from engage.web.paper import SHEETS, Paper, ink_of, plain
from engage.web.render import whole
from engage.web.routing import path_for
from engage.web.tables import attachment


async def flyer(request: Request) -> Response:
    """The flyer as a PDF, for whoever sees the program; the code to join by is on it only for those who run it."""
    reader = request.user
    program = await programs.program_for(reader, request.path_params["slug"])
    paper = paper_of(request)
    told = await programs.may_run(reader, program["id"]) and program["joining"] == Joining.CODE
    address = whole(request, path_for(request, "programs.show", slug=program["slug"]))

    async def make() -> bytes:
        (code,) = await the_press().codes([address], codes.ON_SIGNS)
        data = await beside(flyer_of, program, reader.school, paper, address, code, told)
        return await the_press().pdf("poster", data, dates.moment(program["starts"], time(), reader.school.zone))

    key = (
        PDF,
        "flyer",
        program["id"],
        program["version"],
        str(paper),
        told,
        reader.school.name,
        reader.school.language,
    )
    body: bytes = await held.get(key, make)
    name = f"{program['slug']}-flyer-{paper}.pdf"
    return answer(request, body, PDF, Content_Disposition=attachment(name))


def flyer_of(
    program: dict[str, Any], school: SchoolCard, paper: Paper, address: str, code: str, told: bool
) -> dict[str, Any]:
    """What stands on a flyer, as poster.typ takes it. code: a drawing. told: with the word to join by."""
    wide, high = SHEETS[paper]
    field = high / wide - FOOT
    flat = FLATTER if len(program["title"]) > LONG else FLAT
    drawn = "town" if program["scene"] == "lanterns" else program["scene"]
    draft = "A draft. " if program["state"] != ProgramState.PUBLISHED else ""
    word = plain(f"The code to join is {program['join_code']}.", LEAD) if told else "or ask in the library."
    return {
        "lang": school.language[:2] or "en",
        "title": plain(program["title"], TITLE),
        "lead": plain(program["introduction"], LEAD),
        "count": days_of(program),
        "ink": ink_of(program["ink"]),
        "paper": str(paper),
        "kicker": plain(f"{draft}At {school.name}", LEAD),
        "scene": scene(drawn, program["ink"], UNITS, round(field * UNITS), flat, program["key"]),
        "covers": [],
        "qr": code,
        "address": codes.typed(address),
        "point": "Point a camera here",
        "or_type": "or type",
        "where": word,
    }


def days_of(program: dict[str, Any]) -> str:
    """The run in words: "13 October to 19 December", or "From 13 October"."""
    starts, ends = program["starts"], program["ends"]
    first = f"{starts.day} {starts:%B}"
    return f"{first} to {ends.day} {ends:%B}" if ends else f"From {first}"
