"""What waits to be done on one's lists, by kind, and hundreds of lists narrowed down."""

import re
from datetime import timedelta

from engage import dates
from engage.lists import comments, life, suggestions
from engage.lists.exchange_models import ListProposal
from engage.lists.life import keep_time
from engage.lists.models import CuratedList
from engage.lists.queries import list_to_edit
from engage.lists.rules import ProposalState, State, Visibility
from engage.lists.smart_models import SavedSearch
from engage.lists.worklist import WORK, Wanted, lists_to_work_on, work_waiting
from engage.people.models import Membership, Person
from engage.people.rules import Reader, Role, Status
from tests import make
from tests.school import Browser, TestSchool, as_reader, words_of


async def a_day_of_work(school: TestSchool) -> dict[str, CuratedList]:
    """A list for each kind of work, and one that waits for nothing."""
    today, now = dates.today(school.card.zone), dates.now()
    theo = await as_reader(await make.person("Theo", Role.TEACHER, school.lincoln), "lincoln")
    lists = {
        "stale": await make.curated_list(school.ada, "Grown old", 1, published=True, review_by=today),
        "stuck": await make.curated_list(school.ada, "Stuck", 1),
        "left": await make.curated_list(theo, "Of Theo", 1),
        "suggested": await make.curated_list(school.ada, "Wanted", 1, published=True),
        "talk": await make.curated_list(school.tom, "Talked about", 1),
        "soon": await make.curated_list(school.ada, "Soon", 1),
        "search": await make.curated_list(school.ada, "Finds nothing", 1),
        "changes": await make.curated_list(school.ada, "From elsewhere", 1),
        "": await make.curated_list(school.ada, "Été des fées", 1),
    }
    for name, at in (("stuck", now + timedelta(minutes=1)), ("soon", now + timedelta(days=3))):
        await life.schedule(lists[name].key, visibility=Visibility.PUBLIC, at=at, by=school.ada)
    await CuratedList.filter(school_id=school.card.id, id=lists["stuck"].id).update(introduction=" ")
    await CuratedList.filter(school_id=school.card.id, id=lists["stuck"].id).update(publish_at=now - timedelta(hours=1))
    await keep_time(now)
    await Membership.filter(school_id=school.card.id, person_id=theo.id).delete()
    card = await list_to_edit(school.ada, lists["suggested"].key)
    await suggestions.suggest(card, title="Owl Moon", reason="Owls.", by=school.sam)
    await comments.say_about(lists["talk"].key, "Hm.", by=school.ada)
    of = {name: {"school_id": school.card.id, "curated_id": lists[name].id} for name in lists}
    await SavedSearch.create(**of["search"], problem="The search found nothing.")
    await SavedSearch.create(**of[""])
    await ListProposal.create(**of["changes"], kind="words", at=now)
    await ListProposal.create(**of[""], kind="words", at=now, state=ProposalState.DECLINED)
    template = await make.curated_list(school.ada, "A template", is_template=True)
    await SavedSearch.create(school_id=school.card.id, curated_id=template.id, problem="Nobody waits for it.")
    return lists


async def titles(reader: Reader, wanted: Wanted) -> list[str]:
    rows, _ = await lists_to_work_on(reader, wanted, dates.today(reader.school.zone), dates.now())
    return sorted(row["title"] for row in rows)


async def test_each_kind_of_work_finds_its_lists_and_is_counted(school: TestSchool) -> None:
    lists = await a_day_of_work(school)
    today, now = dates.today(school.card.zone), dates.now()
    for work in WORK:
        assert await titles(school.ada, Wanted(work=work)) == [lists[work].title], work
        assert await titles(school.tom, Wanted(work=work)) == (["Talked about"] if work == "talk" else []), work
    assert await work_waiting(school.ada, today, now) == dict.fromkeys(WORK, 1)
    assert await work_waiting(school.tom, today, now) == {**dict.fromkeys(WORK, 0), "talk": 1}
    for nobody in (school.sam, school.alma, school.vera, Reader(school.card)):
        assert await work_waiting(nobody, today, now) == dict.fromkeys(WORK, 0)
    rows, _ = await lists_to_work_on(school.ada, Wanted(), today, now)
    told = {row["title"]: {name for name in ("stale", "left", "waiting", "talk", "why") if row[name]} for row in rows}
    assert told == {
        "Grown old": {"stale"},
        "Stuck": {"why"},
        "Of Theo": {"left"},
        "Wanted": {"waiting"},
        "Talked about": {"talk"},
        "Soon": set(),
        "Finds nothing": set(),
        "From elsewhere": set(),
        "Été des fées": set(),
    }
    (stuck,) = [row["why"] for row in rows if row["title"] == "Stuck"]
    assert stuck == "Write a sentence or two to introduce the list."
    # an owner who is gone, or who only reads figures now, looks after nothing
    await Person.filter(school_id=school.card.id, id=school.tom.id).update(status=Status.GONE)
    assert await titles(school.ada, Wanted(work="left")) == ["Of Theo", "Talked about"]
    await CuratedList.filter(school_id=school.card.id, title="Of Theo").update(state=State.ARCHIVED)
    assert await titles(school.ada, Wanted(work="left")) == ["Talked about"]


async def test_lists_are_narrowed_down(school: TestSchool) -> None:
    await a_day_of_work(school)
    await make.curated_list(school.ada, "100% sea", kind="text set")
    assert await titles(school.ada, Wanted(words="ete FÉES")) == ["Été des fées"]
    assert await titles(school.ada, Wanted(words="100%")) == ["100% sea"]
    assert await titles(school.ada, Wanted(words="%")) == ["100% sea"]
    assert await titles(school.ada, Wanted(words="_")) == []
    await make.curated_list(school.ada, "A list of lists")
    assert await titles(school.ada, Wanted(words="☃")) == []
    assert await titles(school.ada, Wanted(kind="text set")) == ["100% sea"]
    assert await titles(school.ada, Wanted(state="scheduled")) == ["Soon", "Stuck"]
    assert "Talked about" not in await titles(school.ada, Wanted(mine=True))
    assert await titles(school.ada, Wanted(state="nonsense", work="", kind="nonsense")) != []


async def test_the_page_of_hundreds_of_lists(browser: Browser, school: TestSchool, statements) -> None:
    lists = await a_day_of_work(school)
    browser.sign_in(school.ada)

    async def listed(query: str = "") -> list[str]:
        return re.findall(r'scope="row"><a[^>]*><bdi>(.*?)</bdi>', (await browser.get(f"/curate/lists{query}")).text)

    assert len(await listed()) == 9
    assert await listed("?q=fees&state=draft&whose=mine") == ["Été des fées"]
    assert await listed("?work=nonsense&state=nonsense&kind=nonsense&after=nonsense") != []
    page = words_of(await browser.get("/curate/lists"))
    for said in ("Could not be published 1", "Nobody looks after it 1", "1 suggested", "1 comment", "Write a sentence"):
        assert said in page
    taken = await browser.follow(await browser.post(f"/curate/lists/{lists['left'].key}/take-over"))
    assert "You look after this list now." in words_of(taken)
    assert await listed("?work=left") == []
    statements.forget()
    await browser.get("/curate/lists")
    few = len(statements)
    assert few <= 16
    of_school = {"school_id": school.card.id, "owner_id": school.ada.id}
    rows = [CuratedList(**of_school, slug=f"many-{n}", title=f"Many {n}") for n in range(120)]
    await CuratedList.bulk_create(rows)
    statements.forget()
    first = await browser.get("/curate/lists?q=many")
    assert len(statements) == few
    seen = re.findall(r"<bdi>(Many \d+)</bdi>", first.text)
    while after := re.search(r'href="([^"]*after=[^"]*)" rel="next"', first.text):
        first = await browser.get(after.group(1).replace("&amp;", "&"))
        seen += re.findall(r"<bdi>(Many \d+)</bdi>", first.text)
    assert len(seen) == len(set(seen)) == 120
