"""The addresses that are asked for: what stands in a row for each who asks."""

import io
import os
import re
import zipfile

import httpx2

from tests.matrix.exceptions import why
from tests.matrix.generate import Ask
from tests.matrix.world import World

# every row by everybody, on both databases
WHOLE = os.environ.get("ENGAGE_MATRIX") == "whole"
NOBODYS = "0000000000000"


def path_of(world: World, ask: Ask) -> str | None:
    """The address, None where the world has no such thing."""
    values = {"school": "lincoln" if ask.foreign else world.at(ask.who, ask.scope)}
    for name, kind in ask.names:
        visibility = ask.visibility if kind in ("list", "program") else ""
        found = world.thing(kind, visibility, ask.who, ask.scope) if kind else NOBODYS
        if found is None:
            return None
        values[name] = found.split()[-1 if name == "slug" else 0]
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda part: values[part[1]], ask.row.path)


def excused(ask: Ask, status: int) -> str:
    """The exception that an answer is, "" for none."""
    path = ask.row.path.removeprefix("/{school}")
    return why(path, ask.who, ask.scope, ask.letter, ask.foreign, ask.visibility, status)


def text_of(answer: httpx2.Response) -> str:
    """All that an answer says, also what lies packed in it, as in XLSX and in a record."""
    if not answer.content.startswith(b"PK\x03\x04"):
        return str(answer.text)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        return "\n".join(packed.read(name).decode(errors="replace") for name in packed.namelist())
