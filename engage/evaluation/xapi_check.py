"""Whether something is a well-formed xAPI 1.0.3 statement, or a part of one. Pure; nothing is fetched.

Source: xAPI 1.0.3, part two: statements; what it says of attachments' contents and of voiding is left to receivers.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
MAILBOX = re.compile(r"mailto:[^@\s]+@[^@\s]+")
SHA1 = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
LANGUAGE = re.compile(r"([A-Za-z]{2,8}|[ix](?=-))(-[A-Za-z0-9]{1,8})*")
DURATION = re.compile(
    r"P(?=\d|T\d)(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?W)?(?:\d+(?:\.\d+)?D)?"
    r"(?:T(?=\d)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?"
)
WHO = ("mbox", "mbox_sha1sum", "openid", "account")
INTERACTIONS = (
    *("true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert"),
    *("numeric", "other"),
)
COMPONENTS = ("choices", "scale", "source", "target", "steps")
STATEMENT = frozenset(
    ("id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version", "attachments")
)
SUBSTATEMENT = STATEMENT - {"id", "stored", "version", "authority"} | {"objectType"}
ACTIVITIES = ("parent", "grouping", "category", "other")


def problems(statement: Any) -> list[str]:
    """What is wrong with a statement, one line each; none if it is well-formed."""
    return list(_statement(statement, "", STATEMENT))


def _statement(statement: Any, at: str, known: frozenset[str]) -> Iterator[str]:
    if not isinstance(statement, dict):
        yield f"{at}: not an object"
        return
    yield from _only(statement, at, known)
    yield from _no_null(statement, at)
    if "id" in statement and not _matches(UUID, statement["id"]):
        yield f"{at}id: not a UUID"
    yield from agent(statement.get("actor"), f"{at}actor")
    yield from verb(statement.get("verb"), f"{at}verb")
    yield from _object(statement.get("object"), f"{at}object", sub=known is SUBSTATEMENT)
    if "result" in statement:
        yield from _result(statement["result"], f"{at}result")
    if "context" in statement:
        yield from context(statement["context"], f"{at}context")
    for name in ("timestamp", "stored"):
        if name in statement and not _is_moment(statement[name]):
            yield f"{at}{name}: not a moment"
    if "authority" in statement:
        yield from agent(statement["authority"], f"{at}authority")
    if "version" in statement and not str(statement["version"]).startswith("1.0"):
        yield f"{at}version: not 1.0"
    if "attachments" in statement and not isinstance(statement["attachments"], list):
        yield f"{at}attachments: not a list"


def agent(who: Any, at: str = "actor") -> Iterator[str]:
    """An agent or a group."""
    if not isinstance(who, dict):
        yield f"{at}: missing"
        return
    kind = who.get("objectType", "Agent")
    if kind not in ("Agent", "Group"):
        yield f"{at}.objectType: neither Agent nor Group"
    known = [name for name in WHO if name in who]
    if len(known) > 1:
        yield f"{at}: known by more than one thing"
    members = who.get("member")
    if kind == "Agent" and not known:
        yield f"{at}: known by nothing"
    if kind == "Agent" and members is not None:
        yield f"{at}.member: an agent has none"
    if kind == "Group" and not known and not members:
        yield f"{at}.member: a group without a name has some"
    if members is not None and not isinstance(members, list):
        yield f"{at}.member: not a list"
    for place, member in enumerate(members if isinstance(members, list) else []):
        if isinstance(member, dict) and member.get("objectType") == "Group":
            yield f"{at}.member[{place}]: a group in a group"
        yield from agent(member, f"{at}.member[{place}]")
    yield from _known_by(who, at)


def _known_by(who: dict[str, Any], at: str) -> Iterator[str]:
    for name, pattern in (("mbox", MAILBOX), ("mbox_sha1sum", SHA1), ("openid", IRI)):
        if name in who and not _matches(pattern, who[name]):
            yield f"{at}.{name}: not one"
    if "account" in who:
        account = who["account"]
        if not isinstance(account, dict) or not _matches(IRI, account.get("homePage")):
            yield f"{at}.account.homePage: not an address"
        elif not isinstance(account.get("name"), str) or not account["name"]:
            yield f"{at}.account.name: missing"
    if "name" in who and not isinstance(who["name"], str):
        yield f"{at}.name: not a text"


def verb(what: Any, at: str = "verb") -> Iterator[str]:
    """A verb."""
    if not isinstance(what, dict) or not _matches(IRI, what.get("id")):
        yield f"{at}.id: not an address"
    elif "display" in what:
        yield from _languages(what["display"], f"{at}.display")


def _object(thing: Any, at: str, *, sub: bool) -> Iterator[str]:
    if not isinstance(thing, dict):
        yield f"{at}: missing"
        return
    match thing.get("objectType", "Activity"):
        case "Activity":
            yield from activity(thing, at)
        case "Agent" | "Group":
            yield from agent(thing, at)
        case "StatementRef":
            if not _matches(UUID, thing.get("id")):
                yield f"{at}.id: not a UUID"
        case "SubStatement" if not sub:
            yield from _statement(thing, f"{at}.", SUBSTATEMENT)
        case _:
            yield f"{at}.objectType: no such thing"


def activity(thing: Any, at: str = "object") -> Iterator[str]:
    """An activity."""
    if not isinstance(thing, dict) or not _matches(IRI, thing.get("id")):
        yield f"{at}.id: not an address"
        return
    given = thing.get("definition", {})
    if not isinstance(given, dict):
        yield f"{at}.definition: not an object"
        return
    for name in ("name", "description"):
        if name in given:
            yield from _languages(given[name], f"{at}.definition.{name}")
    for name in ("type", "moreInfo"):
        if name in given and not _matches(IRI, given[name]):
            yield f"{at}.definition.{name}: not an address"
    if "extensions" in given:
        yield from _extensions(given["extensions"], f"{at}.definition.extensions")
    if "interactionType" in given and given["interactionType"] not in INTERACTIONS:
        yield f"{at}.definition.interactionType: no such one"
    for name in COMPONENTS:
        for place, each in enumerate(given.get(name) or []):
            where = f"{at}.definition.{name}[{place}]"
            if not isinstance(each, dict) or not isinstance(each.get("id"), str):
                yield f"{where}.id: not a text"
            elif "description" in each:
                yield from _languages(each["description"], f"{where}.description")


def _result(result: Any, at: str) -> Iterator[str]:
    if not isinstance(result, dict):
        yield f"{at}: not an object"
        return
    yield from _only(
        result, f"{at}.", frozenset(("score", "success", "completion", "response", "duration", "extensions"))
    )
    for name in ("success", "completion"):
        if name in result and not isinstance(result[name], bool):
            yield f"{at}.{name}: neither true nor false"
    if "duration" in result and not _matches(DURATION, result["duration"]):
        yield f"{at}.duration: not one"
    if "response" in result and not isinstance(result["response"], str):
        yield f"{at}.response: not a text"
    if "extensions" in result:
        yield from _extensions(result["extensions"], f"{at}.extensions")
    score = result.get("score", {})
    if not isinstance(score, dict) or any(isinstance(each, bool | str) for each in score.values()):
        yield f"{at}.score: not numbers"


def context(given: Any, at: str = "context") -> Iterator[str]:
    """What stands around a statement."""
    if not isinstance(given, dict):
        yield f"{at}: not an object"
        return
    if "registration" in given and not _matches(UUID, given["registration"]):
        yield f"{at}.registration: not a UUID"
    for name in ("instructor", "team"):
        if name in given:
            yield from agent(given[name], f"{at}.{name}")
    for name in ("revision", "platform"):
        if name in given and not isinstance(given[name], str):
            yield f"{at}.{name}: not a text"
    if "language" in given and not _matches(LANGUAGE, given["language"]):
        yield f"{at}.language: not one"
    if "statement" in given:
        yield from _object(given["statement"], f"{at}.statement", sub=True)
    if "extensions" in given:
        yield from _extensions(given["extensions"], f"{at}.extensions")
    groups = given.get("contextActivities", {})
    if not isinstance(groups, dict):
        yield f"{at}.contextActivities: not an object"
        return
    for name, things in groups.items():
        if name not in ACTIVITIES:
            yield f"{at}.contextActivities.{name}: no such one"
        for place, thing in enumerate(things if isinstance(things, list) else [things]):
            yield from activity(thing, f"{at}.contextActivities.{name}[{place}]")


def _languages(given: Any, at: str) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{at}: not texts by language"
        return
    for language, text in given.items():
        if not LANGUAGE.fullmatch(language) or not isinstance(text, str):
            yield f"{at}.{language}: not a text in a language"


def _extensions(given: Any, at: str) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{at}: not an object"
        return
    yield from (f"{at}.{name}: not an address" for name in given if not IRI.fullmatch(name))


def _only(given: dict[str, Any], at: str, known: frozenset[str]) -> Iterator[str]:
    yield from (f"{at}{name}: no such word" for name in sorted(set(given) - known))


def _no_null(given: Any, at: str) -> Iterator[str]:
    if isinstance(given, dict):
        for name, value in given.items():
            if value is None:
                yield f"{at}{name}: null"
            elif name != "extensions":
                yield from _no_null(value, f"{at}{name}.")


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value) is not None and "T" in value
    except ValueError:
        return False
