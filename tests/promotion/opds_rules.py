"""What OPDS 2.0 and the manifests below it ask for, in words of our own, for jsonschema.

Written from specs.opds.io/opds-2.0, from the JSON schemas beside it, and from readium.org/webpub-manifest. The schemas
of OPDS are not copied here: their repository names no licence (DECISIONS.md, "The schemas of OPDS are not copied").
"""

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
WEB = {"type": "string", "pattern": r"^https?://([A-Za-z0-9_./:?#@!$&'()*+,;=~-]|%[0-9A-Fa-f]{2})+$"}
NAME = {"type": "string", "pattern": r"^(https?://|urn:[a-z0-9-]+:)[!-~]+$"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
COUNT = {"type": "integer", "minimum": 0}
POSITIVE = {"type": "integer", "exclusiveMinimum": 0}
PEOPLE = {
    "anyOf": [
        TEXT,
        {"type": "object", "required": ["name"], "properties": {"name": TEXT}},
        {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/person"}},
    ]
}
ROLES = ("author", "translator", "editor", "artist", "illustrator", "narrator", "contributor", "publisher", "imprint")
ACQUIRED = (
    *("acquisition", "borrow", "buy", "preview", "subscribe", "http://opds-spec.org/acquisition"),
    *(f"http://opds-spec.org/acquisition/{way}" for way in ("open-access", "borrow", "buy", "sample", "subscribe")),
)
LINK = {
    "type": "object",
    "required": ["href", "type"],
    "properties": {
        "href": TEXT,
        "type": {"type": "string", "pattern": r"^[\w.+-]+/[\w.+-]+(;.*)?$"},
        "title": TEXT,
        "rel": {"anyOf": [TEXT, {"type": "array", "items": TEXT}]},
        "width": POSITIVE,
        "height": POSITIVE,
        "templated": {"const": True},
        "properties": {
            "type": "object",
            "properties": {
                "numberOfItems": COUNT,
                "copies": {"type": "object", "properties": {"total": COUNT, "available": COUNT}},
                "availability": {
                    "type": "object",
                    "required": ["state"],
                    "properties": {"state": {"enum": ["available", "unavailable", "reserved", "ready"]}},
                },
            },
        },
    },
    "if": {"required": ["templated"]},
    "else": {"properties": {"href": WEB}},
}
LINKS = {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"$ref": "#/$defs/link"}}
PUBLICATION = {
    "type": "object",
    "required": ["metadata", "links", "images"],
    "properties": {
        "metadata": {
            "type": "object",
            "required": ["title", "identifier", "@type"],
            "properties": {
                "title": {"type": "string", "minLength": 1},
                "identifier": NAME,
                "altIdentifier": {"type": "array", "minItems": 1, "items": NAME},
                "@type": {"type": "string", "pattern": r"^http://schema\.org/[A-Z]\w+$"},
                "modified": MOMENT,
                "published": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
                "language": {"type": "string", "pattern": r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"},
                "description": TEXT,
                "numberOfPages": POSITIVE,
                "duration": {"type": "number", "exclusiveMinimum": 0},
                "subject": {"type": "array", "items": TEXT},
                "belongsTo": {"type": "object", "properties": {"series": PEOPLE}},
                **dict.fromkeys(ROLES, PEOPLE),
            },
        },
        "links": LINKS
        | {
            "allOf": [
                {"contains": {"required": ["rel"], "properties": {"rel": {"const": "self"}}}},
                # the published schema takes a link without any relation for one, and so do we: what stands on a shelf
                {"contains": {"properties": {"rel": {"enum": list(ACQUIRED)}}}},
            ]
        },
        "images": LINKS
        | {
            "contains": {
                "required": ["type"],
                "properties": {"type": {"enum": ["image/jpeg", "image/png", "image/gif"]}},
            }
        },
    },
}
METADATA = {
    "type": "object",
    "required": ["title"],
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "identifier": NAME,
        "modified": MOMENT,
        "description": TEXT,
        "numberOfItems": COUNT,
        "itemsPerPage": POSITIVE,
        "currentPage": POSITIVE,
    },
}
NAVIGATION = LINKS | {"items": {"allOf": [{"$ref": "#/$defs/link"}, {"required": ["title"]}]}}
PUBLICATIONS = {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"$ref": "#/$defs/publication"}}
DEFINITIONS = {
    "link": LINK,
    "publication": PUBLICATION,
    "person": {"anyOf": [TEXT, {"type": "object", "required": ["name"]}]},
}
OF_PUBLICATION = {"$ref": "#/$defs/publication", "$defs": DEFINITIONS}
OF_FEED = {
    "$defs": DEFINITIONS,
    "type": "object",
    "required": ["metadata", "links"],
    "anyOf": [{"required": ["publications"]}, {"required": ["navigation"]}, {"required": ["groups"]}],
    "additionalProperties": False,
    "properties": {
        "metadata": METADATA,
        "links": LINKS | {"contains": {"required": ["rel"], "properties": {"rel": {"const": "self"}}}},
        "navigation": NAVIGATION,
        "publications": PUBLICATIONS,
        "facets": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["metadata", "links"],
                "additionalProperties": False,
                # one answer is no question
                "properties": {"metadata": METADATA, "links": NAVIGATION | {"minItems": 2}},
            },
        },
        "groups": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["metadata"],
                "properties": {
                    "metadata": METADATA,
                    "links": LINKS,
                    "navigation": NAVIGATION,
                    "publications": PUBLICATIONS,
                },
                "oneOf": [{"required": ["navigation"]}, {"required": ["publications"]}],
            },
        },
    },
}
