"""Break-glass: a reason, a second person, a day, and all of it written down (ADM05, ADM06 and what stands at B)."""

import io
import zipfile
from datetime import timedelta

import pytest

from engage import dates
from engage.database.tenancy import every_school
from engage.people import erasing, glass
from engage.people.glass_rules import ACTS
from engage.people.models import AuditEntry, Person
from engage.people.oidc_models import OidcLink, OidcProvider
from engage.people.privacy_models import BreakGlass, RecordTaken
from engage.people.rules import Role, Scope
from engage.programs.models import ChallengeResource
from engage.programs.recognition_models import BoardName
from engage.register import REGISTER
from tests import make
from tests.classes.asking import ask_room, sea_stories
from tests.school import as_reader, words_of

WHY = "The family asks to see the record of their child."


async def asked(browser, alma, sam, act="LOG05") -> str:
    answer = await browser.sign_in(alma).post(f"/glass/new?student={sam.key}", {"act": act, "reason": WHY})
    assert answer.status_code == 303, words_of(answer)
    return (await BreakGlass.filter(school_id=alma.school.id).order_by("-id").first()).key


async def agreed(browser, ada, key: str) -> None:
    answer = await browser.sign_in(ada).post(f"/glass/{key}/decide", {"agreed": "yes"})
    assert answer.status_code == 303


async def test_titles_are_seen_by_who_asked_when_a_second_person_agreed_and_for_a_day(browser, school, alma, ada, sam):
    await make.facts(sam, [(1, 20)], title="Owlsentinel")
    key = await asked(browser, alma, sam)
    address = f"/glass/{key}/titles"
    assert (await browser.get(address)).status_code == 404
    await agreed(browser, ada, key)

    seen = await browser.sign_in(alma).get(address)
    assert "Owlsentinel" in seen.text
    abe = await as_reader(await make.person("Abe", Role.SCHOOL_ADMIN, school.lincoln, login="abe"), "lincoln")
    for other in (abe, ada, school.tom, school.vera, school.dora, sam, school.rosa):
        assert (await browser.sign_in(other).get(address)).status_code == 404, other.name
    # the act that was asked for, and no other
    assert (await browser.sign_in(alma).get(f"/glass/{key}/record.zip")).status_code == 404
    assert (await browser.get(f"/glass/{key}/names")).status_code == 404

    with every_school("a test lets a day pass"):
        await BreakGlass.all().update(ends_at=dates.now() - timedelta(seconds=1))
    assert (await browser.get(address)).status_code == 404
    acts = await AuditEntry.filter(school_id=school.card.id).order_by("id").values_list("act", "by_id", "about_id")
    assert acts == [
        ("asked to break the glass", alma.id, sam.id),
        ("agreed to break the glass", ada.id, sam.id),
        ("looked through the broken glass", alma.id, sam.id),
    ]


async def test_nobody_agrees_to_what_they_asked_for_themselves(browser, school, alma, ada, sam):
    key = await asked(browser, alma, sam)
    own = await browser.post(f"/glass/{key}/decide", {"agreed": "yes"})
    assert own.status_code == 403
    assert "Do not agree" not in words_of(await browser.get("/glass"))
    assert (await browser.get(f"/glass/{key}/titles")).status_code == 404
    for nobody in (school.tom, sam, school.vera, school.rosa):
        assert (await browser.sign_in(nobody).post(f"/glass/{key}/decide", {"agreed": "yes"})).status_code == 404
    aide = await as_reader(await make.person("Ivo", Role.AIDE, school.lincoln, login="ivo"), "lincoln")
    assert (await browser.sign_in(aide).post(f"/glass/{key}/decide", {"agreed": "yes"})).status_code == 404
    second = await as_reader(await make.person("Abe", Role.SCHOOL_ADMIN, school.lincoln, login="abe"), "lincoln")
    await agreed(browser, second, key)
    again = await browser.sign_in(ada).post(f"/glass/{key}/decide", {"agreed": "no"})
    assert again.status_code == 303
    assert (await BreakGlass.get(school_id=school.card.id)).agreed is True


async def test_nobody_agrees_whom_the_one_who_asks_has_given_a_way_in(browser, school, alma, ada, sam):
    key = await asked(browser, alma, sam)
    await browser.post(f"/admin/staff/{ada.key}/link")
    refused = await browser.sign_in(ada).post(f"/glass/{key}/decide", {"agreed": "yes"})
    assert refused.status_code == 403
    await AuditEntry.filter(school_id=school.card.id, act="made a sign-in link").update(
        at=dates.now() - timedelta(days=31)
    )
    await agreed(browser, ada, key)


async def test_nobody_agrees_who_comes_in_by_what_the_one_who_asks_set_up(browser, school, alma, ada, sam):
    """Who says whose accounts elsewhere open the school could sign in as the second person."""
    key = await asked(browser, alma, sam)
    given = {"name": "Own", "issuer": "https://id.example", "client_id": "c", "secret": "s", "staff": "y"}
    assert (await browser.post("/admin/sign-in/elsewhere/new", given)).status_code == 303
    refused = await browser.sign_in(ada).post(f"/glass/{key}/decide", {"agreed": "yes"})
    assert refused.status_code == 403
    abe = await as_reader(await make.person("Abe", Role.SCHOOL_ADMIN, school.lincoln, login="abe"), "lincoln")
    provider = await OidcProvider.get(school_id=school.card.id)
    now = dates.now()
    link = await OidcLink.create(
        provider_id=provider.id, person_id=abe.id, hash="h", proved=True, made_at=now, used_at=now
    )
    assert (await browser.sign_in(abe).post(f"/glass/{key}/decide", {"agreed": "yes"})).status_code == 403
    await link.delete()
    await agreed(browser, abe, key)  # an admin comes in by an account that they joined, and by no other


async def test_without_agreement_nothing_opens(browser, alma, ada, sam):
    key = await asked(browser, alma, sam)
    await browser.sign_in(ada).post(f"/glass/{key}/decide", {"agreed": "no"})
    assert (await browser.sign_in(alma).get(f"/glass/{key}/titles")).status_code == 404
    assert "Somebody did not agree" in words_of(await browser.get("/glass"))


async def test_an_asking_that_waited_a_week_is_no_asking_any_more(browser, school, alma, ada, sam):
    key = await asked(browser, alma, sam)
    with every_school("a test lets a week pass"):
        await BreakGlass.all().update(asked_at=dates.now() - timedelta(days=8))
    assert "Agree" not in words_of(await browser.sign_in(ada).get("/glass"))
    await browser.post(f"/glass/{key}/decide", {"agreed": "yes"})
    assert (await BreakGlass.get(school_id=school.card.id)).agreed is None


async def test_only_an_admin_asks_with_a_reason_for_a_student_of_the_school(browser, school, alma, ada, sam):
    address = f"/glass/new?student={sam.key}"
    for nobody in (ada, school.tom, school.vera, school.dora, sam):
        answer = await browser.sign_in(nobody).post(address, {"act": "LOG05", "reason": WHY})
        assert answer.status_code == 404, nobody.name
    browser.sign_in(alma)
    assert (await browser.post(address, {"act": "LOG05", "reason": "because"})).status_code == 422
    assert (await browser.post(address, {"act": "ADM08", "reason": WHY})).status_code == 422
    for stranger in (school.remy, school.tom):
        other = await browser.post(f"/glass/new?student={stranger.key}", {"act": "LOG05", "reason": WHY})
        assert other.status_code == 404
    assert await BreakGlass.filter(school_id=school.card.id).count() == 0


async def test_one_closes_it_before_its_time(browser, alma, ada, sam):
    key = await asked(browser, alma, sam)
    await agreed(browser, ada, key)
    assert (await browser.sign_in(alma).get(f"/glass/{key}/titles")).status_code == 200
    assert (await browser.sign_in(ada).post(f"/glass/{key}/close")).status_code == 404
    assert (await browser.sign_in(alma).post(f"/glass/{key}/close")).status_code == 303
    assert (await browser.get(f"/glass/{key}/titles")).status_code == 404


async def test_a_glass_broken_before_one_was_made_a_teacher_only_is_shut(browser, school, alma, ada, sam):
    """Rights follow from the roles of the moment (A6)."""
    key = await asked(browser, alma, sam)
    await agreed(browser, ada, key)
    alone = await Person.get(school_id=school.card.id, id=alma.id)
    await alone.memberships.filter(school_id=school.card.id).update(role=Role.TEACHER)
    assert (await browser.sign_in(alma).get(f"/glass/{key}/titles")).status_code == 404


async def test_handed_in_titles_are_those_that_count_in_a_list(browser, school, alma, ada, sam):
    books = await make.resources(2)
    curated = await make.curated_list(by=ada, items=books)
    program = await make.program(by=ada, challenges=[{"goal": 2, "curated": curated}])
    await make.enrolment(program, sam)
    challenge = await program.challenges.filter(school_id=school.card.id).first()
    await ChallengeResource.create(school_id=school.card.id, challenge_id=challenge.id, resource_id=books[0].id)
    await make.facts(sam, [(1, 20)], resource_id=books[0].id)
    await make.facts(sam, [(2, 20)], resource_id=books[1].id)
    key = await asked(browser, alma, sam, "LOG06")
    await agreed(browser, ada, key)
    page = await browser.sign_in(alma).get(f"/glass/{key}/handed-in")
    assert books[0].title in words_of(page)
    assert books[1].title not in words_of(page)
    # the act that was asked for, and no other
    assert (await browser.get(f"/glass/{key}/titles")).status_code == 404


async def test_titles_handed_in_to_a_teacher_are_seen_through_the_glass(browser, school, alma, ada, sam):
    assignment = await ask_room(school, await sea_stories(school))
    await browser.sign_in(sam).post(f"/me/assignments/{assignment.key}/hand-in", {"title": "The shown moth"})
    await make.facts(sam, [(1, 20)], title="The secret moth")
    key = await asked(browser, alma, sam, "LOG06")
    address = f"/glass/{key}/handed-in"
    assert (await browser.get(address)).status_code == 404
    await agreed(browser, ada, key)
    assert f"/lincoln{address}" in (await browser.sign_in(alma).get("/glass")).text
    seen = words_of(await browser.get(address))
    assert "The shown moth For Sea stories" in seen
    assert "secret" not in seen
    assert await AuditEntry.filter(school_id=school.card.id, act="looked through the broken glass").count() == 1
    for other in (ada, school.tom, school.dora, sam):
        assert (await browser.sign_in(other).get(address)).status_code == 404, other.name


async def test_the_full_record_is_taken_out_by_an_admin(browser, school, alma, ada, sam):
    await make.facts(sam, [(1, 20)], title="Owlsentinel")
    key = await asked(browser, alma, sam, "LOG09")
    await agreed(browser, ada, key)
    answer = await browser.sign_in(alma).get(f"/glass/{key}/record.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert b"Owlsentinel" in archive.read("record.json")
    taken = await RecordTaken.filter(school_id=school.card.id).values_list("by_id", "students")
    assert taken == [(alma.id, 1)]


async def test_who_a_pseudonym_is_is_seen_through_the_glass(browser, school, alma, ada, sam):
    program = await make.program(by=ada, has_board=True)
    await BoardName.create(
        school_id=school.card.id, program_id=program.id, person_id=sam.id, name="Brave Otter", at=dates.now()
    )
    key = await asked(browser, alma, sam, "PRG11")
    await agreed(browser, ada, key)
    assert "Brave Otter" in words_of(await browser.sign_in(alma).get(f"/glass/{key}/names"))


async def test_the_yearly_notice_counts_it_also_of_whoever_was_erased(browser, school, alma, ada, sam, tmp_path):
    await make.facts(sam, [(1, 20)], title="Owlsentinel")
    key = await asked(browser, alma, sam)
    await agreed(browser, ada, key)
    await asked(browser, alma, sam)
    await erasing.erase(REGISTER, school.lincoln.id, sam.id, "k" * 40, tmp_path, None)
    assert f"{ACTS['LOG05']}: 1 time" in words_of(await browser.sign_out().get("/privacy"))
    assert await BreakGlass.filter(school_id=school.card.id).values_list("reason", flat=True) == ["", ""]
    browser.sign_in(alma)
    assert (await browser.get(f"/glass/{key}/titles")).status_code == 404
    assert (await browser.get("/glass")).status_code == 200
    assert "Nobody asks for anything." in words_of(await browser.sign_in(ada).get("/glass"))


async def test_the_yearly_notice_counts_it_and_names_nobody(browser, alma, ada, sam):
    assert "was not used" in words_of(await browser.sign_out().get("/privacy"))
    await agreed(browser, ada, await asked(browser, alma, sam))
    read = words_of(await browser.sign_out().get("/privacy"))
    assert f"{ACTS['LOG05']}: 1 time" in read
    assert "Sam" not in read
    assert "Alma" not in read


@pytest.mark.parametrize("act", sorted(ACTS))
async def test_the_letter_b_alone_opens_nothing(school, alma, act):
    assert alma.answers(act, Scope.SCHOOL) == "B"
    assert not alma.may(act)


async def test_asking_twice_by_the_same_form_asks_once(school, alma, sam):
    for _ in range(2):
        await glass.ask("LOG05", sam.key, WHY, "form", by=alma)
    assert await BreakGlass.filter(school_id=school.card.id).count() == 1
