"""Packages of CASE, made small, for the tests of what is read of them."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

WHEN = "2026-09-01T08:00:00+00:00"
PLACE = "https://case.example/ims/case/v1p1"


def name_of(word: str) -> str:
    """The identifier of what a test calls by a word."""
    return str(uuid5(NAMESPACE_URL, word))


def node(word: str) -> dict[str, str]:
    """One end of an association."""
    return {"title": word, "identifier": name_of(word), "uri": f"{PLACE}/CFItems/{name_of(word)}"}


def item(word: str, statement: str = "", **more: Any) -> dict[str, Any]:
    """A statement."""
    return {
        "identifier": name_of(word),
        "uri": f"{PLACE}/CFItems/{name_of(word)}",
        "fullStatement": statement or f"Pupils {word}.",
        "lastChangeDateTime": WHEN,
        **more,
    }


def below(child: str, parent: str, place: int | None = None) -> dict[str, Any]:
    """The child is a part of the parent, at a place among its siblings."""
    link = {
        "identifier": name_of(f"{child} below {parent}"),
        "uri": f"{PLACE}/CFAssociations/{name_of(f'{child} below {parent}')}",
        "associationType": "isChildOf",
        "originNodeURI": node(child),
        "destinationNodeURI": node(parent),
        "lastChangeDateTime": WHEN,
    }
    return link if place is None else {**link, "sequenceNumber": place}


def package(
    items: list[Any], links: tuple[Any, ...] | list[Any] = (), title: str = "Reading", **more: Any
) -> dict[str, Any]:
    """A whole package; the framework is called by its title."""
    return {
        "CFDocument": {
            "identifier": name_of(title),
            "uri": f"{PLACE}/CFDocuments/{name_of(title)}",
            "title": title,
            "creator": "The State of Maple",
            "subject": ["Reading", "Writing"],
            "version": "2026",
            "lastChangeDateTime": WHEN,
            **more,
        },
        "CFItems": items,
        "CFAssociations": list(links),
    }


# out of order, with grades, codes and a sister of the whole
SMALL = package(
    [
        item("compare", humanCodingScheme="R.1.b", educationLevel=["03", "05", "04"], CFItemType="Standard"),
        item("ask", "Pupils ask\r\nand  answer questions.", humanCodingScheme="R.1.a", educationLevel=["KG", "02"]),
        item("key ideas", humanCodingScheme="R.1"),
        item("craft", humanCodingScheme="R.2", educationLevel=["PK"]),
        item("retell", humanCodingScheme="R.1.a.1"),
    ],
    [
        below("craft", "Reading", 2),
        below("key ideas", "Reading", 1),
        below("compare", "key ideas", 2),
        below("ask", "key ideas", 1),
        below("retell", "ask"),
    ],
)
