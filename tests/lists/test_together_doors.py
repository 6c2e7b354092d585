"""Each address of the life of lists and of working together, asked by everybody: what the matrix says, and no more."""

from typing import Any

from engage.lists import comments, editing, suggestions
from engage.lists.models import CuratedList
from engage.lists.queries import list_to_edit
from engage.lists.rules import Part, State, Visibility
from engage.lists.together_models import ListComment, ListMember, Suggestion
from engage.people.rules import Reader, Role, Scope
from engage.routes import LISTS
from engage.web.routing import ENTERS
from tests import make
from tests.school import Browser, TestSchool, as_reader

PEOPLE = ("ada", "owner", "editor", "suggester", "tom", "alma", "vera", "dora", "sam", "nia", "rosa", "remy", "visitor")
# who gets in; others who see the draft get 403; everybody else 404, or 403 at the door where no list is theirs to edit
EDITORS = {"ada", "owner", "editor"}
HANDING = {"ada", "owner"}
IN_SCHOOL = (Scope.MINE, Scope.CLASS, Scope.SCHOOL)
SEE_IT = {*EDITORS, "suggester"}
ROWS: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "lists.unschedule": ("POST", {}, EDITORS),
    "lists.archive": ("POST", {}, EDITORS),
    "lists.delete": ("GET", {}, HANDING),
    "lists.members": ("GET", {}, EDITORS),
    "lists.change_member": ("POST", {"act": "suggester"}, HANDING),
    "lists.hand_over": ("POST", {"person": ""}, HANDING),
    "lists.take_over": ("POST", {}, {"ada"}),
    "lists.suggestions": ("GET", {}, EDITORS),
    "lists.decide": ("GET", {}, EDITORS),
    "lists.comments": ("GET", {}, EDITORS),
    "lists.change_comment": ("POST", {"act": "settle"}, EDITORS),
    "lists.history": ("GET", {}, EDITORS),
    "lists.compare": ("GET", {}, EDITORS),
    "lists.restore": ("POST", {}, EDITORS),
    "lists.restore_item": ("POST", {}, EDITORS),
}


async def everybody(school: TestSchool) -> dict[str, Reader | None]:
    """Those of the school, and three teachers: one owns the list, one is its editor, one its suggester."""
    made = {}
    for name in ("owner", "editor", "suggester"):
        made[name] = await as_reader(await make.person(name.capitalize(), Role.TEACHER, school.lincoln), "lincoln")
    known = {name: getattr(school, name) for name in ("ada", "tom", "alma", "vera", "dora", "sam", "rosa", "remy")}
    return {**known, **made, "nia": await make.student("Nia"), "visitor": None}


async def a_list_of(people: dict[str, Reader | None], school: TestSchool) -> dict[str, str]:
    """A draft with everything on it; the values of the addresses."""
    owner = people["owner"]
    assert owner is not None
    curated = await make.curated_list(owner, "Draft")
    await editing.add_item(curated.key, (await make.resource()).key, by=owner)
    of_list = {"school_id": school.card.id, "curated_id": curated.id}
    for name, part in (("editor", Part.EDITOR), ("suggester", Part.SUGGESTER)):
        reader = people[name]
        assert reader is not None
        await ListMember.create(**of_list, person_id=reader.id, part=part)
    card = await list_to_edit(owner, curated.key)
    suggestion = await suggestions.suggest(card, title="Owl Moon", reason="Owls.", by=people["suggester"])
    await comments.say_about(curated.key, "Hm", by=owner)
    item = await curated.items.filter(school_id=school.card.id).first()
    comment = await ListComment.filter(**of_list).first()
    assert item is not None
    assert comment is not None
    suggester = people["suggester"]
    assert suggester is not None
    return {
        "school": "lincoln",
        "key": curated.key,
        "person": suggester.key,
        "suggestion": suggestion,
        "comment": comment.key,
        "number": "2",
        "item": item.key,
    }


async def test_each_address_answers_everybody_as_the_matrix_says(browser: Browser, school: TestSchool) -> None:
    """On a draft: 404 says that it may not exist, 403 that they see it, or that nobody of that role edits any list."""
    people = await everybody(school)
    values = await a_list_of(people, school)
    wrong = []
    for row_name, (method, sent, inside) in ROWS.items():
        row = next(row for row in LISTS if row.name == row_name)
        path = row.path.format_map(values)
        for name in PEOPLE:
            browser.sign_in(people[name])
            answer = await (browser.get(path) if method == "GET" else browser.post(path, sent))
            reader = people[name] if name not in ("rosa", "remy") else None
            letters = {(reader or Reader(school.card)).answers(row.act, scope) for scope in IN_SCHOOL}
            told = "x" in letters and (name in SEE_IT or not letters & ENTERS)
            expected = {200, 303} if name in inside else {403 if told else 404}
            if answer.status_code not in expected:
                wrong.append((row_name, name, answer.status_code, expected))
    assert not wrong, "\n".join(map(str, wrong))


async def test_every_new_address_is_in_the_table() -> None:
    ours = ("life_pages", "members_pages", "suggestions_pages", "comments_pages", "history_pages")
    names = {row.name for row in LISTS if row.handler.__module__.rpartition(".")[2] in ours}
    tested_elsewhere = {"lists.publish", "lists.audience", "lists.withdraw"}
    of_readers = {"lists.suggest", "lists.my_suggestions", "lists.take_suggestion_back"}
    assert names == set(ROWS) | tested_elsewhere | of_readers


async def test_who_suggests_for_which_list(browser: Browser, school: TestSchool) -> None:
    """LST11 over every audience: only for a list that one sees, and never across schools."""
    people = await everybody(school)
    by = people["owner"]
    assert by is not None
    paths = {}
    for visibility in Visibility:
        made = await make.curated_list(by, str(visibility), 1, published=True, visibility=visibility)
        paths[str(visibility)] = f"/lincoln/lists/{made.slug}/suggest"
    paths["draft"] = f"/lincoln/lists/{(await make.curated_list(by, 'Unseen', 1)).slug}/suggest"
    table = {
        "ada": {"public", "school", "classes", "staff", "draft"},
        "owner": {"public", "school", "classes", "staff", "draft"},
        "tom": {"public", "school", "staff"},
        "alma": {"public", "school", "staff", "classes"},
        "sam": {"public", "school"},
        **{name: set() for name in ("vera", "dora", "rosa", "remy", "visitor")},
    }
    for name, inside in table.items():
        browser.sign_in(people[name])
        answers = {kind: (await browser.get(path)).status_code for kind, path in paths.items()}
        assert {kind for kind, status in answers.items() if status == 200} == inside, name
        assert set(answers.values()) <= {200, 403, 404}
        sent = await browser.post(paths["public"], {"title": f"By {name}", "reason": "Because."})
        assert sent.status_code in ({303} if inside else {403, 404}), name
    made_by = {row["by__name"] for row in await Suggestion.filter(school_id=school.card.id).values("by__name")}
    assert made_by == {"Ada Okafor", "Owner", "Tom Reyes", "Alma Berg", "Sam"}
    # what one suggested is seen and taken back by nobody else
    (own,) = await Suggestion.filter(school_id=school.card.id, by_id=school.sam.id)
    for name in ("ada", "nia", "remy"):
        browser.sign_in(people[name])
        assert "By sam" not in (await browser.get("/lincoln/me/suggestions")).text
        assert (await browser.post(f"/lincoln/me/suggestions/{own.key}/take-back")).status_code in (403, 404)
    browser.sign_in(school.sam)
    assert (await browser.post(f"/lincoln/me/suggestions/{own.key}/take-back")).status_code == 303


async def test_another_schools_specialist_works_on_nothing_here(browser: Browser, school: TestSchool) -> None:
    """Even with a row in the table of members, and under the address of either school."""
    people = await everybody(school)
    values = await a_list_of(people, school)
    await ListMember.create(
        school_id=school.card.id,
        curated_id=(await CuratedList.get(school_id=school.card.id, key=values["key"])).id,
        person_id=school.rosa.id,
        part=Part.EDITOR,
    )
    browser.sign_in(school.rosa)
    for row_name, (method, sent, _) in ROWS.items():
        row = next(row for row in LISTS if row.name == row_name)
        for slug in ("lincoln", "roosevelt"):
            path = row.path.format_map({**values, "school": slug})
            answer = await (browser.get(path) if method == "GET" else browser.post(path, sent))
            assert answer.status_code in (403, 404), (row_name, slug)
    row = await CuratedList.get(school_id=school.card.id, key=values["key"])
    assert (row.state, row.version) == (State.DRAFT, 2)
