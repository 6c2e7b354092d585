"""Terms that are kept in memory are those of now, whatever was changed and taken back while they were read."""

from datetime import timedelta

import pytest

from engage.lists import editing
from engage.lists.models import ListItem
from engage.programs.days_off import close_days, open_days
from engage.programs.known_terms import known_terms, parts_of
from engage.programs.settling import note_lists
from tests import make
from tests.programs.doing import STREAK, today


async def stamps_of(reader):
    return {part.id: part.stamp for part in await parts_of(reader.school, reader.id)}


@pytest.fixture
async def program(school, ada, sam):
    """Sam takes part in a program that asks for days in a row and for the titles of a list."""
    curated = await make.curated_list(by=ada, items=2, published=True)
    made = await make.program(by=ada, challenges=[STREAK, {"goal": 1, "curated": curated}])
    await make.enrolment(made, sam)
    return made


@pytest.mark.parametrize("ends", [0, -9])
async def test_a_day_off_that_is_given_and_taken_back_while_terms_are_read_leaves_none_of_it(
    school, ada, alma, sam, program, ends
):
    day = today(2)
    before = await stamps_of(sam)
    await close_days(day, day - timedelta(days=ends), "Snow day", by=alma)
    # who asked for the stamp before reads after it, and keeps what was for milliseconds
    between = (await known_terms(sam.school, before))[program.id]
    assert day in between.rules.streak.off
    await open_days(day, day - timedelta(days=ends), by=alma)
    after = await stamps_of(sam)
    assert after != before, "the stamp under which it stands is nobody's any more"
    assert day not in (await known_terms(sam.school, after))[program.id].rules.streak.off


async def test_what_stood_on_a_list_while_terms_were_read_stands_there_no_more(school, ada, sam, program):
    ((challenge, now),) = (await known_terms(sam.school, await stamps_of(sam)))[program.id].lists.items()
    await note_lists(school.card.id, (await known_terms(sam.school, await stamps_of(sam))).values())
    curated = await ListItem.filter(school_id=school.card.id).first().values_list("curated__key", flat=True)
    guest = await make.resource("A guest")
    before = await stamps_of(sam)
    item = await editing.add_item(curated, guest.key, by=ada)
    assert guest.id in (await known_terms(sam.school, before))[program.id].lists[challenge].on
    await editing.remove_item(curated, item, by=ada)
    after = await stamps_of(sam)
    assert after != before
    assert (await known_terms(sam.school, after))[program.id].lists[challenge].on == now.on
