"""What is kept of a question for all who are alike: nobody is answered as another."""

from dataclasses import replace

import pytest
from tortoise.expressions import RawSQL

from engage.people.alike import asked_by
from engage.people.models import Person
from tests import make


def own_name(reader, word=""):
    return Person.filter(school_id=reader.school.id, id=reader.id).values("name")


async def test_those_who_are_alike_are_answered_each_for_themselves(school, sam):
    nia = await make.student("Nia")
    alike = replace(nia, grade=sam.grade, class_ids=sam.class_ids)
    assert alike.one_of_many == sam.one_of_many
    for reader in (sam, alike, sam):
        assert [row["name"] for row in await asked_by(reader, "own name", own_name)] == [reader.name]


@pytest.mark.parametrize(
    "other", [{"grade": 5}, {"class_ids": frozenset()}, {"by_card": True}, {"roles": frozenset()}], ids=str
)
async def test_whoever_differs_is_asked_about_anew(school, sam, other):
    made = []

    def note(reader):
        made.append(reader)
        return own_name(reader)

    for reader in (sam, replace(sam, **other), sam, replace(sam, id=None)):
        await asked_by(reader, ("noted", str(other)), note)
    assert len(made) == 3
    assert [getattr(made[1], name) for name in other] == list(other.values())


async def test_a_number_that_stands_in_the_text_is_not_kept(school, sam):
    def inside(reader):
        return Person.filter(school_id=reader.school.id, id=reader.id).annotate(me=RawSQL(f"{reader.id}")).values("me")

    with pytest.raises(ValueError, match="in it"):
        await asked_by(sam, "inside", inside)


async def test_a_word_and_a_number_stand_in_one_question(school, ada, sam):
    def named(reader, word):
        return Person.filter(school_id=reader.school.id, id=reader.id, name=word).values("name")

    for reader, word, found in ((sam, sam.name, 1), (sam, ada.name, 0), (replace(sam, id=ada.id), ada.name, 1)):
        assert len(await asked_by(reader, "named", named, word)) == found, (reader, word)
