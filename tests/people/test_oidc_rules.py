"""What a token must say, and whom it lets in. Source: STANDARDS.md, 4.2."""

import pytest

from engage.errors import Refused
from engage.people import oidc_rules as rules
from engage.people.oidc_rules import GOOGLE, Terms, Whom, Wrong, account_of, check_claims, check_terms, comes_as
from engage.people.rules import Role

pytestmark = pytest.mark.only("sqlite")
NOW = 1_800_000_000
TERMS = Terms("k", "https://id.example", "engage", staff=True, students=False)
GOOD = {"iss": TERMS.issuer, "aud": "engage", "sub": "1", "exp": NOW + 60, "iat": NOW, "nonce": "n"}


def agreed(**more):
    return Terms(**{**{name: getattr(TERMS, name) for name in Terms.__dataclass_fields__}, **more})


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"aud": ["engage"]},
        {"aud": ["other", "engage"], "azp": "engage"},
        {"exp": NOW - 59},
        {"iat": NOW + 59},
        {"iat": NOW - 599.5},
    ],
)
def test_a_token_that_was_made_for_us_is_taken(change):
    check_claims({**GOOD, **change}, TERMS, "n", NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"iss": "https://id.example/"},
        {"iss": None},
        {"aud": "other"},
        {"aud": []},
        {"aud": {"engage": 1}},
        {"aud": ["other", "engage"]},
        {"azp": "other"},
        {"exp": NOW - 60},
        {"exp": None},
        {"exp": str(NOW + 60)},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"iat": NOW + 61},
        {"iat": NOW - 601},
        {"iat": None},
        {"nbf": NOW + 61},
        {"nonce": "m"},
        {"nonce": None},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": "x" * 256},
    ],
    ids=str,
)
def test_a_token_that_was_not_is_refused(change):
    with pytest.raises(Wrong):
        check_claims({**GOOD, **change}, TERMS, "n", NOW)


def test_an_attempt_without_a_nonce_fits_no_token():
    with pytest.raises(Wrong):
        check_claims({**GOOD, "nonce": ""}, TERMS, "", NOW)


def test_google_names_itself_in_two_ways_and_nobody_else_does():
    google = agreed(issuer=GOOGLE)
    check_claims({**GOOD, "iss": "accounts.google.com"}, google, "n", NOW)
    with pytest.raises(Wrong):
        check_claims({**GOOD, "iss": "id.example"}, TERMS, "n", NOW)


def test_an_email_counts_once_its_issuer_has_verified_it():
    told = {**GOOD, "email": " Tom@School.example "}
    for more, email in [
        ({}, ""),
        ({"email_verified": False}, ""),
        ({"email_verified": "no"}, ""),
        ({"email_verified": True}, "tom@school.example"),
        ({"email_verified": "true"}, "tom@school.example"),
        ({"xms_edov": "1"}, "tom@school.example"),
    ]:
        assert account_of({**told, **more}, TERMS).email == email, more
    for alike in ("Tom@\u017fchool.example", "t\u0131m@school.example", "\u212aim@school.example"):
        assert account_of({**told, "email": alike, "email_verified": True}, TERMS).email == ""


def test_only_accounts_of_the_named_domains_come_in():
    of_school = agreed(domains=("school.example",))
    mine = {**GOOD, "email": "tom@school.example", "email_verified": True}
    assert account_of(mine, of_school).email
    for other in (
        {"email": "tom@evil.example"},
        {"email": "tom@evil-school.example"},
        {"email": "tom@school.example@evil.example"},
        {"email_verified": False},
        {"email": ["tom@school.example"]},
        {"email": None},
    ):
        with pytest.raises(Wrong):
            account_of({**mine, **other}, of_school)


def test_of_google_the_domain_is_in_a_claim_and_not_in_the_email():
    of_google = agreed(issuer=GOOGLE, domains=("school.example",))
    mine = {**GOOD, "email": "tom@school.example", "email_verified": True}
    assert account_of({**mine, "hd": "School.example"}, of_google).email
    for hd in ({}, {"hd": "evil.example"}, {"hd": ["school.example"]}):
        with pytest.raises(Wrong):
            account_of({**mine, **hd}, of_google)


def test_a_student_is_known_by_the_claim_that_was_agreed():
    students = agreed(students=True, student_claim="sourcedId")
    assert account_of({**GOOD, "sourcedId": 4711}, students).number == "4711"
    assert account_of({**GOOD, "sourcedId": True}, students).number == ""
    by_email = agreed(students=True, student_claim="email")
    assert account_of({**GOOD, "email": "sam@s.example"}, by_email).number == ""
    assert account_of({**GOOD, "email": "sam@s.example", "email_verified": True}, by_email).number == "sam@s.example"
    assert account_of({**GOOD, "sourcedId": "4711"}, TERMS).number == ""


def test_no_more_is_asked_for_than_is_needed():
    assert TERMS.scope == "openid email"
    assert agreed(staff=False, students=True, student_claim="sourcedId").scope == "openid"
    assert agreed(staff=False, students=True, student_claim="preferred_username").scope == "openid profile"


def test_an_issuer_of_anybodys_accounts_is_refused():
    assert rules.plain_issuer(" accounts.google.com/ ") == GOOGLE
    assert rules.plain_issuer("https://a.example/x/.well-known/openid-configuration") == "https://a.example/x"
    for address in (
        "https://login.microsoftonline.com/common/v2.0",
        "https://login.microsoftonline.com/Organizations/v2.0",
        "https://a.example/?x=1",
        "https://[bad",
        "notaurl",
        "ftp://a.example",
        "https:///x",
    ):
        with pytest.raises(Refused):
            rules.plain_issuer(address)


def test_what_would_let_in_too_many_or_nobody_is_refused():
    check_terms(TERMS)
    for terms in (
        agreed(staff=False),
        agreed(students=True),
        agreed(students=True, student_claim="a claim"),
        agreed(issuer=GOOGLE),
    ):
        with pytest.raises(Refused):
            check_terms(terms)
    assert rules.plain_domains("@School.example, other.example\nschool.example") == ("school.example", "other.example")
    for text in ("school", "*.example", "a b"):
        with pytest.raises(Refused):
            rules.plain_domains(text)


def test_a_provider_lets_in_who_is_nowhere_else_and_no_admin_by_an_email():
    both = agreed(students=True, student_claim="sourcedId")
    teacher, student = (Role.TEACHER, 1), (Role.STUDENT, 1)
    admin, away = (Role.SCHOOL_ADMIN, 1), (Role.TEACHER, 2)
    for held, proved, comes in [
        ([teacher], False, Whom.STAFF),
        ([student], False, Whom.STUDENTS),
        ([student, teacher], False, Whom.STAFF),
        ([teacher, away], True, None),
        ([teacher, admin], False, None),
        ([teacher, admin], True, Whom.STAFF),
        ([], True, None),
    ]:
        assert comes_as(held, both, {1}, proved) is comes, held
    assert comes_as([student], TERMS, {1}, True) is None
    assert comes_as([teacher], agreed(staff=False, students=True, student_claim="x"), {1}, True) is None
    assert comes_as([teacher, away], both, {1, 2}, False) is Whom.STAFF


def test_the_challenge_is_that_of_the_standard():
    # Source: RFC 7636, appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert rules.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
