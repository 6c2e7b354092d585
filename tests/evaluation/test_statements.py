"""Facts in the words of receivers: well-formed, and saying no more than they may."""

import json
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from engage.evaluation import caliper_check, xapi_check
from engage.evaluation.statement_rules import Data, Speech, Way
from engage.evaluation.statements import Act, Fact, authorization, letter, moment, said
from tests.data import shared

AT = datetime(2026, 11, 15, 10, 15, 0, 123456, UTC)
WHO = "4f3c1a52-9c1d-4c2e-8a7b-1d2e3f405162"
SUM = {"mode": "reading", "minutes": 300, "starts": AT - timedelta(days=9), "ends": AT}
ACTS = [
    (Data.USE, Act.USED, "", SUM),
    (Data.LOG, Act.USED, WHO, SUM),
    (Data.LISTS, Act.OPENED, "", {}),
    (Data.ASSIGNED, Act.GIVEN, "", {}),
    (Data.PROGRAMS, Act.JOINED, WHO, {}),
    (Data.PROGRAMS, Act.COMPLETED, WHO, {}),
    (Data.USE, Act.TESTED, "", {}),
]


def fact(kind: Data, act: Act, who: str, more: dict) -> Fact:
    home = "https://engage.test/lincoln/"
    number = "0d015a85-abf5-49ee-abb1-46dbd57fe64e"
    return Fact(number, kind, act, AT, "https://engage.test", "Lincoln School", home, f"{home}x", who, **more)


@pytest.mark.parametrize(("each", "speech"), list(product(ACTS, Speech)))
def test_whatever_is_said_is_well_formed(each, speech):
    body = said(fact(*each), speech)
    check = caliper_check.problems if speech is Speech.CALIPER else xapi_check.problems
    assert check(body) == []
    assert (WHO in json.dumps(body)) == bool(each[2])
    whole = letter([json.dumps(body)], speech, "https://engage.test/sensors/1", AT).body
    sent = json.loads(whole)
    assert caliper_check.problems(sent) == [] if speech is Speech.CALIPER else sent == [body]


def test_sums_are_said_anonymously_and_hold_no_person_class_or_title():
    body = said(fact(*ACTS[0]), Speech.CALIPER)
    assert body["actor"] == {"id": "http://purl.imsglobal.org/caliper/Person", "type": "Person"}
    assert (body["type"], body["profile"], body["action"]) == ("ToolUseEvent", "ToolUseProfile", "Used")
    assert body["group"] == {"id": "https://engage.test/lincoln/", "type": "Organization", "name": "Lincoln School"}
    assert set(body) == {
        *("@context", "id", "type", "profile", "actor", "action", "object", "eventTime", "edApp", "group", "generated"),
    }
    (measure,) = body["generated"]["items"]
    assert set(measure) == {"id", "type", "name", "metric", "metricValue", "startedAtTime", "endedAtTime"}


def test_our_words_are_those_of_the_context_of_caliper():
    """Every word that we send is defined there; the context itself is never fetched."""
    known = set(json.loads(shared("caliper/caliper-v1p2.jsonld").read_text())["@context"])
    for each in ACTS:
        stack = [said(fact(*each), Speech.CALIPER)]
        while stack:
            one = stack.pop()
            for name, value in one.items():
                assert name == "@context" or name in known, name
                stack += (
                    [value]
                    if isinstance(value, dict)
                    else [v for v in value if isinstance(v, dict)]
                    if isinstance(value, list)
                    else []
                )
                if name in ("type", "profile", "action", "metric"):
                    assert value in known, value


def test_moments_and_keys_are_written_as_the_standards_want_them():
    assert moment(AT) == "2026-11-15T10:15:00.123Z"
    assert authorization(Way.BEARER, "", "k") == "Bearer k"
    assert authorization(Way.BASIC, "me", "ö") == "Basic bWU6w7Y="
