from datetime import timedelta

from engage import dates
from engage.database.tenancy import every_school
from engage.people.models import FormKey, Session, SignInTry
from engage.people.once import forget_old_forms
from engage.people.rules import Reader
from engage.people.sessions import forget_old_sessions
from engage.people.tries import Tried, begin, forget_old_tries
from tests.school import TestSchool

KEY = "k" * 40


async def test_what_has_had_its_time_is_forgotten_and_nothing_else(school: TestSchool, sam: Reader) -> None:
    now = dates.now()
    for age in (1, 30):
        then = now - timedelta(days=age)
        ends = then + timedelta(days=2)
        await Session.create(token_hash=f"{age:064}", person_id=sam.id, made_at=then, seen_at=then, ends_at=ends)
        await FormKey.create(person_id=sam.id, key=f"form {age}", content="", at=then)
        await begin(Tried(f"student/{age}", ""), KEY, then)
    stopped = Tried("student/stopped", "", stops=1)
    await begin(stopped, KEY, now - timedelta(days=90))

    with every_school("as the jobs do"):
        assert await forget_old_sessions(now) == 1
        assert await forget_old_forms(now) == 1
        assert await forget_old_tries(now) >= 1

    assert await Session.all().count() == 1
    assert [key for (key,) in await FormKey.all().values_list("key")] == ["form 1"]
    assert await SignInTry.filter(stopped=True).count() == 1
