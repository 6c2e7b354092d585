"""The schemas of OPDS 2.0 as they are published, where somebody brought them along.

`dev.py test` fetches them where it can; else a folder that ENGAGE_OPDS_SCHEMAS names holds them, each under its address
as `wget --force-directories` lays them: specs.opds.io/schema/feed.schema.json and publication.schema.json, and all that
they refer to at readium.org.
"""

import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft7Validator, FormatChecker
from referencing import Registry
from referencing.retrieval import to_cached_resource

PLACE = "https://specs.opds.io/schema/"
FETCHED = Path(__file__).parents[2] / ".venv" / "schemas"
# what may stand in an address, and an expression of a template (RFC 3986, 2; RFC 6570, 2)
_LETTERS = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
_REFERENCE = re.compile(rf"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:{_LETTERS}|//\[[0-9A-Fa-f:.]+\]{_LETTERS})(?:#{_LETTERS})?")
_EXPRESSION = re.compile(r"\{[+#./;?&]?[\w.%]+(?:\*|:\d{1,4})?(?:,[\w.%]+(?:\*|:\d{1,4})?)*\}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
# jsonschema asks for these only where packages are that nothing else here needs; without them it takes anything
FORMATS = FormatChecker(["date"])


@FORMATS.checks("uri-reference")
def is_reference(value: object) -> bool:
    return not isinstance(value, str) or _REFERENCE.fullmatch(value) is not None


@FORMATS.checks("uri")
def is_address(value: object) -> bool:
    return not isinstance(value, str) or (":" in value.partition("/")[0] and is_reference(value))


@FORMATS.checks("uri-template")
def is_template(value: object) -> bool:
    return not isinstance(value, str) or is_reference(_EXPRESSION.sub("x", value))


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(_MOMENT.fullmatch(value) and datetime.fromisoformat(value))


def published(name: str) -> Draft7Validator:
    """The judge of a kind of document, "feed" or "publication"; skips, loudly, where no folder is named."""
    folder = os.environ.get("ENGAGE_OPDS_SCHEMAS") or FETCHED
    if not Path(folder).exists():
        pytest.skip(
            f"THE PUBLISHED SCHEMAS OF OPDS ARE NOT HERE: only our words of them judged. Lay {PLACE}feed.schema.json "
            "and all it refers to in a folder, each under its address, and name it ENGAGE_OPDS_SCHEMAS."
        )

    @to_cached_resource()
    def read(address: str) -> str:
        # Python writes the names of groups in a pattern otherwise; nothing asks for them
        return re.sub(r"\(\?<\w+>", "(", Path(folder, address.partition("://")[2]).read_text())

    which = {"$ref": f"{PLACE}{name}.schema.json"}
    return Draft7Validator(which, registry=Registry(retrieve=read), format_checker=FORMATS)


class Judges:
    """Holds our answers against the schemas, and counts what they saw. refused: address, place and reason of each."""

    def __init__(self) -> None:
        self.of = {"opds": published("feed"), "opds-publication": published("publication")}
        self.refused: list[tuple[str, str, str]] = []
        self.feeds = self.publications = 0

    def judge(self, path: str, answer: httpx2.Response) -> dict[str, Any]:
        """The document of an answer."""
        kind = answer.headers["content-type"].removeprefix("application/").removesuffix("+json")
        document: dict[str, Any] = json.loads(answer.content)
        self.refused += [(path, one.json_path, one.message[:200]) for one in self.of[kind].iter_errors(document)]
        self.feeds += kind == "opds"
        shelves = [document, *document.get("groups", [])]
        self.publications += sum(len(each.get("publications", [])) for each in shelves) + (kind != "opds")
        return document
