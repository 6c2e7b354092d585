"""Words that keep entries out of the inbox, and what happens when a rule goes."""

import pytest

from engage.errors import NotFound, Refused
from engage.resources.incoming_models import InboxEntry, MuteRule
from engage.resources.muting import fits, folded_words, mute_words, rules_for, unmute
from engage.resources.rules import EntryState
from tests import make


@pytest.mark.parametrize(
    ("words", "title", "fitting"),
    [
        ("rerun", "Rerun: the bats", True),
        ("rerun", "RÉRUN (part two)", True),
        ("rerun", "Reruns of summer", False),
        ("bonus episode", "Episode 12, a bonus", True),
        ("bonus episode", "Episode 12", False),
        ("strasse", "Die Straße", True),
        ("", "Anything", False),
    ],
)
def test_a_rule_fits_a_title_that_has_all_of_its_words(words, title, fitting):
    assert fits(folded_words(words), title) is fitting


async def states(of) -> dict[str, EntryState]:
    return dict(await InboxEntry.filter(school_id=of.school.id).order_by("id").values_list("title", "state"))


async def test_a_rule_mutes_what_waits_and_leaves_what_was_decided(ada):
    one, other = await make.source("One"), await make.source("Other")
    await make.inbox_entry(one, "Rerun: Bats")
    await make.inbox_entry(one, "Owls")
    await make.inbox_entry(one, "Rerun: Foxes", guid="f")
    await InboxEntry.filter(school_id=ada.school.id, title="Rerun: Foxes").update(state=EntryState.IGNORED)
    await make.inbox_entry(other, "Rerun: Moles")
    key = await mute_words(" RERUN! ", one.key, ada)
    assert await states(ada) == {
        "Rerun: Bats": EntryState.MUTED,
        "Owls": EntryState.WAITING,
        "Rerun: Foxes": EntryState.IGNORED,
        "Rerun: Moles": EntryState.WAITING,
    }
    assert await mute_words("rerun", one.key, ada) == key
    muted = await InboxEntry.filter(school_id=ada.school.id, state=EntryState.MUTED).values(
        "decided_by_id", "mute__key"
    )
    assert muted == [{"decided_by_id": ada.id, "mute__key": key}]
    await mute_words("rerun", None, ada)
    assert (await states(ada))["Rerun: Moles"] is EntryState.MUTED
    rows = await rules_for(ada)
    assert [(row["words"], row["muted"], row["source_title"], row["by"]) for row in rows] == [
        ("rerun", 1, "One", ada.name),
        ("rerun", 1, None, ada.name),
    ]
    assert [row["source_key"] for row in await rules_for(ada, other.key)] == [None]
    assert len(await rules_for(ada, one.key)) == 2


async def test_what_a_rule_muted_waits_again_once_it_is_gone_unless_another_keeps_it_out(ada):
    one = await make.source("One")
    await make.inbox_entry(one, "Rerun: Bats")
    await make.inbox_entry(one, "Rerun: Moles")
    key = await mute_words("rerun", None, ada)
    other = await mute_words("bats", one.key, ada)
    assert (await MuteRule.get(school_id=ada.school.id, key=other)).muted == 0
    assert await unmute(key, ada) == 1
    assert await states(ada) == {"Rerun: Bats": EntryState.MUTED, "Rerun: Moles": EntryState.WAITING}
    assert (await MuteRule.get(school_id=ada.school.id, key=other)).muted == 1
    assert await unmute(other, ada) == 1
    waiting = await InboxEntry.filter(school_id=ada.school.id).values("state", "decided_by_id", "decided_at", "mute_id")
    assert {tuple(row.values()) for row in waiting} == {(EntryState.WAITING, None, None, None)}
    assert await rules_for(ada) == []


@pytest.mark.parametrize("words", ["", "ab", "! ?", "a b", "word " * 3 + "".join(f"w{n} " for n in range(80))])
async def test_words_that_say_too_little_or_too_much_are_refused(ada, words):
    with pytest.raises(Refused):
        await mute_words(words, None, ada)
    assert await rules_for(ada) == []


async def test_rules_and_sources_of_another_school_are_not_found(ada):
    await make.inbox_entry(await make.source("Theirs", school="roosevelt"), "Rerun: Bats")
    theirs = await make.source("Theirs too", school="roosevelt")
    with pytest.raises(NotFound):
        await mute_words("rerun", theirs.key, ada)
    await mute_words("rerun", None, ada)
    assert await InboxEntry.filter(school_id=theirs.school_id, state=EntryState.WAITING).count() == 1
    rule = await MuteRule.create(school_id=theirs.school_id, words="rerun")
    with pytest.raises(NotFound):
        await unmute(rule.key, ada)
    assert len(await rules_for(ada)) == 1
