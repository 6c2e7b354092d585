"""Our check of xAPI against statements that others send, and against parts of the conformance suite."""

import json

import pytest

from engage.evaluation import xapi_check
from tests.data import shared

# these say "anonymous" and "1" where an address has to stand, which other checkers refuse too (STANDARDS.md, 5.8)
NO_ADDRESSES = {f"edx.special_exam.{kind}.attempt.created.json" for kind in ("practice", "proctored", "timed")} | {
    f"edx.special_exam.{kind}.attempt.submitted.json" for kind in ("practice", "proctored")
}
# an objectType that the standard does not know
NO_KIND = {"problem_check(server).list_answers.json", "problem_check(server,multiple_questions,incorrect).json"}


def test_statements_of_open_edx_are_accepted_but_for_those_without_addresses():
    refused = set()
    for path in shared("xapi/openedx").glob("*.json"):
        body = json.loads(path.read_text())
        if any(xapi_check.problems(one) for one in (body if isinstance(body, list) else [body])):
            refused.add(path.name)
    assert refused == NO_ADDRESSES | NO_KIND


PARTS = {
    "activities": xapi_check.activity,
    "agents": xapi_check.agent,
    "groups": xapi_check.agent,
    "contexts": xapi_check.context,
    "verbs": xapi_check.verb,
}
# parts that the suite itself makes wrong, as their names say, or fills in before it uses them
MALFORMED = {
    *("activities_description_invalid", "activities_name_invalid", "activities_interaction_type_invalid_numeric"),
    *("activities_interaction_type_invalid_object", "activities_no_id", "activities_numeric_description"),
    *("activities_string_name", "agents_account_no_homepage", "groups_anonymous_no_member", "contexts_team"),
    *("groups_identified_account_no_name", "verbs_no_id"),
}


def test_parts_of_the_conformance_suite_are_judged_by_their_names():
    refused = set()
    for path in shared("xapi/conformance_v1_0_3").glob("*.json"):
        check = PARTS.get(path.stem.partition("_")[0])
        if check is not None and list(check(json.loads(path.read_text()))):
            refused.add(path.stem)
    assert refused == MALFORMED


SAID = {
    "actor": {"account": {"homePage": "https://a.example", "name": "x"}},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
    "object": {"id": "https://a.example/1"},
}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "7"},
        {"actor": {}},
        {"actor": {"account": {"homePage": "x", "name": "y"}}},
        {"actor": {"mbox": "mailto:a@b.c", "openid": "https://a.example"}},
        {"verb": {"id": "done"}},
        {"timestamp": "yesterday"},
        {"result": {"duration": "an hour"}},
        {"result": {"completion": "yes"}},
        {"object": {"objectType": "StatementRef", "id": "x"}},
        {"extra": 1},
    ],
)
def test_what_is_wrong_is_refused(change):
    assert xapi_check.problems(SAID) == []
    assert len(xapi_check.problems(SAID | change)) == 1
