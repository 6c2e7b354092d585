"""Lists follow when two resources become one: standards, suggestions and comments move as well."""

import asyncio

import pytest

from engage import dates
from engage.errors import NotFound, Refused
from engage.lists import comments, editing
from engage.lists.following import lists_follow
from engage.lists.models import ListItem
from engage.lists.standards_models import Alignment, Framework, Standard
from engage.lists.together_models import ListComment, Suggestion
from engage.resources.doubles import Merge, merge
from tests import make
from tests.school import TestSchool


async def test_what_was_said_of_one_that_goes_is_said_of_the_one_that_stays(school: TestSchool) -> None:
    gone, stays = await make.resources(2)
    both = await make.curated_list(school.ada, "Both", [gone, stays])
    alone = await make.curated_list(school.ada, "Alone", [gone])
    of = {"school_id": school.card.id}
    framework = await Framework.create(**of, identifier="f", title="Reading", imported_at=dates.now())
    first, second = [
        await Standard.create(**of, framework_id=framework.id, identifier=name, statement=name)
        for name in ("retell", "compare")
    ]
    for standard, resource in ((first, gone), (second, gone), (second, stays)):
        await Alignment.create(**of, standard_id=standard.id, resource_id=resource.id)
    await Alignment.create(**of, standard_id=first.id, curated_id=both.id)
    await Suggestion.create(**of, curated_id=alone.id, resource_id=gone.id, by_id=school.sam.id, at=dates.now())
    for curated in (both, alone):
        item = await ListItem.get(**of, curated_id=curated.id, resource_id=gone.id)
        await comments.say_about(curated.key, "Too long?", item=item.key, by=school.ada)

    await merge(gone.key, stays.key, school.ada, (lists_follow,))
    rows = Alignment.filter(**of).order_by("standard_id", "resource_id")
    found = {(row.standard_id, row.resource_id, row.curated_id) for row in await rows}
    assert found == {(first.id, stays.id, None), (second.id, stays.id, None), (first.id, None, both.id)}
    assert len(await rows) == 3
    assert [row.resource_id for row in await Suggestion.filter(**of)] == [stays.id]
    said = ListComment.filter(**of).order_by("id")
    assert await said.values_list("item__curated_id", "item__resource_id") == [
        (both.id, stays.id),
        (alone.id, stays.id),
    ]


async def test_what_becomes_another_while_it_is_put_on_a_list_does_not_stand_there(school: TestSchool) -> None:
    gone, stays = await make.resources(2)
    curated = await make.curated_list(school.ada, "Alone")
    putting: list[asyncio.Task[str]] = []
    begin = asyncio.Event()

    async def put_on() -> str:
        await begin.wait()
        return await editing.add_item(curated.key, gone.key, by=school.ada)

    async def follow(pair: Merge) -> None:
        """All lists have followed, and the one that goes is not gone yet: another connection reads it as it was."""
        begin.set()
        await asyncio.wait(putting, timeout=0.3)

    putting.append(asyncio.create_task(put_on()))
    await merge(gone.key, stays.key, school.ada, (lists_follow, follow))
    with pytest.raises((NotFound, Refused)):
        await putting[0]
    assert await ListItem.filter(school_id=school.card.id).count() == 0
    await editing.add_item(curated.key, stays.key, by=school.ada)
