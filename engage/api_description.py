"""What other systems may ask, as OpenAPI 3.1: written by hand, and held against every answer by a test."""

from typing import Any

from engage import __version__

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
WHOLE: Schema = {"type": "integer"}
YES: Schema = {"type": "boolean"}
URL: Schema = {"type": "string", "format": "uri"}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def every(schema: Schema) -> Schema:
    """A list of such."""
    return {"type": "array", "items": schema}


def thing(**columns: Schema) -> Schema:
    """An object with exactly these columns."""
    return {"type": "object", "properties": columns, "required": list(columns), "additionalProperties": False}


def named(name: str) -> Schema:
    """A schema of COMPONENTS."""
    return {"$ref": f"#/components/schemas/{name}"}


GRADES: Schema = {
    "type": "array",
    "items": maybe(WHOLE),
    "minItems": 2,
    "maxItems": 2,
    "description": "From and to, -1 for preschool, 0 for kindergarten; null for no limit.",
}
NEXT: Schema = {**maybe(URL), "description": "Where the rows that follow are; null on the last page."}
VALUE: dict[str, Schema] = {
    "value": {
        "type": ["number", "null"],
        "description": "null where it is withheld, only bounded, or nothing is there.",
    },
    "withheld": {**YES, "description": "Whether the number may not be shown: too few students stand behind it."},
    "bound": {"enum": ["over", "under", None], "description": "The value is over or under `edge` percent."},
    "edge": maybe(WHOLE),
    "shown_as": {**TEXT, "description": "As a page says it."},
}
LIST_COLUMNS: dict[str, Schema] = {
    "id": TEXT,
    "list": {**TEXT, "description": "Its name in addresses."},
    "title": TEXT,
    "introduction": TEXT,
    "kind": TEXT,
    "by": maybe(TEXT),
    "grades": GRADES,
    "items": WHOLE,
    "published": maybe(MOMENT),
    "changed": MOMENT,
    "url": URL,
    "items_url": URL,
}

COMPONENTS: dict[str, Schema] = {
    "Problem": {
        "type": "object",
        "description": "RFC 9457. `code` finds the line in the log of the server.",
        "properties": {"type": TEXT, "title": TEXT, "status": WHOLE, "code": TEXT},
        "required": ["type", "title", "status", "code"],
        "additionalProperties": False,
    },
    "Schools": thing(
        district_token=YES,
        data=every(thing(id=TEXT, school=TEXT, name=TEXT, time_zone=TEXT, language=TEXT, url=URL)),
    ),
    "Indicators": thing(
        data=every(
            thing(
                name=TEXT,
                title=TEXT,
                definition=TEXT,
                unit=TEXT,
                version=WHOLE,
                broken_down_by=maybe(TEXT),
                lower_is_better=YES,
            )
        )
    ),
    "Cycles": thing(school=TEXT, data=every(thing(cycle=TEXT, starts=DAY, ends=DAY, url=URL))),
    "Report": thing(
        school=TEXT,
        cycle=TEXT,
        starts=DAY,
        ends=DAY,
        until={**DAY, "description": "The last day that is counted."},
        closed={**YES, "description": "The cycle is over, and these are the figures that it was closed with."},
        smallest_group={**WHOLE, "description": "Fewer students than this are not shown."},
        data=every(named("Figure")),
    ),
    "Figure": thing(
        indicator=TEXT,
        title=TEXT,
        unit=TEXT,
        version=WHOLE,
        broken_down_by=maybe(TEXT),
        **VALUE,
        parts=every(thing(group=TEXT, **VALUE)),
    ),
    "Lists": thing(school=TEXT, data=every(thing(**LIST_COLUMNS)), next=NEXT),
    "List": {
        "type": "object",
        "description": "The list and its items in order; what is not known is null or an empty list.",
        "properties": {
            "format": {"const": "engage-list"},
            "format_version": {"const": 1},
            "id": TEXT,
            "url": URL,
            "title": TEXT,
            "introduction": TEXT,
            "kind": TEXT,
            "library": TEXT,
            "by": maybe(TEXT),
            "grades": GRADES,
            "language": TEXT,
            "published": maybe(MOMENT),
            "changed": MOMENT,
            "items": every(named("Item")),
        },
        "required": ["format", "format_version", "id", "url", "title", "items"],
        "additionalProperties": False,
    },
    "Item": thing(
        id=TEXT,
        number=WHOLE,
        section=maybe(TEXT),
        start_here=YES,
        note=TEXT,
        added=MOMENT,
        url=URL,
        title=TEXT,
        creators=every(thing(name=TEXT, role=TEXT)),
        mode=TEXT,
        format=TEXT,
        summary=TEXT,
        subjects=every(TEXT),
        language=maybe(TEXT),
        publisher=maybe(TEXT),
        year=maybe(WHOLE),
        series=maybe(TEXT),
        pages=maybe(WHOLE),
        minutes=maybe(WHOLE),
        grades=GRADES,
        isbn=every(TEXT),
        holdings=every({"type": "object"}),
        links=every({"type": "object"}),
    ),
    "Programs": thing(
        school=TEXT,
        data=every(
            thing(
                id=TEXT,
                program={**TEXT, "description": "Its name in addresses."},
                title=TEXT,
                introduction=TEXT,
                kind=TEXT,
                grades=GRADES,
                starts=DAY,
                ends=maybe(DAY),
                url=URL,
            )
        ),
        next=NEXT,
    ),
}

AT = {"name": "at", "in": "path", "required": True, "schema": TEXT, "description": "The school, as /schools names it."}
CYCLE = {"name": "cycle", "in": "path", "required": True, "schema": TEXT, "description": "As cycles name it: 2026-27."}
SLUG = {"name": "slug", "in": "path", "required": True, "schema": TEXT, "description": "The list, as /lists names it."}
AFTER = {"name": "after", "in": "query", "required": False, "schema": TEXT, "description": "From `next` of a page."}
HAS_IT = {"name": "If-None-Match", "in": "header", "required": False, "schema": TEXT}
PROBLEMS = {
    "401": "There is no token, or it opens nothing any more.",
    "403": "The token is not for that.",
    "404": "There is no such thing, or the token does not reach it.",
    "429": "Asked too often; Retry-After says when to ask again.",
    "503": "Busy; Retry-After says when to ask again.",
}
# path, name, what it is, schema of the answer, parameters, what the token has to be for
PATHS: tuple[tuple[str, str, str, str, tuple[Schema, ...], str], ...] = (
    ("/schools", "schools", "The schools that the token reaches.", "Schools", (), "any"),
    ("/indicators", "indicators", "Every indicator with its definition.", "Indicators", (), "figures"),
    (
        "/schools/{at}/cycles",
        "cycles",
        "The cycles of a school, by its own token.",
        "Cycles",
        (AT,),
        "figures",
    ),
    (
        "/schools/{at}/cycles/{cycle}",
        "cycle",
        "The figures of a cycle as they may leave the school: fewer than ten students are not shown.",
        "Report",
        (AT, CYCLE),
        "figures",
    ),
    (
        "/district/schools/{at}/cycles",
        "district_cycles",
        "The cycles of a school, by a token of the district.",
        "Cycles",
        (AT,),
        "figures",
    ),
    (
        "/district/schools/{at}/cycles/{cycle}",
        "district_cycle",
        "The same of one school of the district.",
        "Report",
        (AT, CYCLE),
        "figures",
    ),
    ("/schools/{at}/lists", "lists", "Public lists, the newest first.", "Lists", (AT, AFTER), "lists"),
    ("/schools/{at}/lists/{slug}", "list_items", "One list with its items.", "List", (AT, SLUG), "lists"),
    ("/schools/{at}/programs", "programs", "Public programs, the newest first.", "Programs", (AT, AFTER), "lists"),
)


def description_of(base_url: str) -> Schema:
    """The whole description. base_url: where this server is."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Engage",
            "version": __version__,
            "summary": "Figures, lists and programs of a school library. Nothing of a person.",
            "description": "Ask with a token that an admin of the school or the district made: "
            "`Authorization: Bearer engage_…`. 120 requests a minute for each token.",
        },
        "servers": [{"url": f"{base_url.rstrip('/')}/api/v1"}],
        "security": [{"token": []}],
        "paths": {each[0]: {"get": _operation(*each[1:])} for each in PATHS},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": COMPONENTS,
            "responses": {
                status: {
                    "description": words,
                    "content": {"application/problem+json": {"schema": named("Problem")}},
                    **({"headers": {"Retry-After": {"schema": WHOLE}}} if status in ("429", "503") else {}),
                }
                for status, words in PROBLEMS.items()
            },
        },
    }


def _operation(name: str, summary: str, schema: str, parameters: tuple[Schema, ...], opens: str) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "description": f"The token has to be for: {opens}.",
        "parameters": [*parameters, HAS_IT],
        "responses": {
            "200": {
                "description": summary,
                "headers": {"ETag": {"schema": TEXT}},
                "content": {"application/json": {"schema": named(schema)}},
            },
            "304": {"description": "You have it already."},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in PROBLEMS},
        },
    }
