"""What we send to others goes where it was sent, in no clear text, and is not said again."""

import resource

import pytest

from engage.outside.fetch import Door, Unreachable
from tests.faults.hostile import Hostile


async def posted(server: Hostile, path: str, **more: object) -> int:
    door = Door(server.pairs)
    more = {"cut": True, **more}
    answer = await door.send(server.base + path, b'{"a": 1}', media_type="application/json", **more)  # type: ignore[arg-type]
    return answer.status


async def test_what_is_sent_goes_where_it_was_sent_and_nowhere_else(server, canary):
    server.elsewhere = f"{canary.base}/feed"
    assert await posted(server, "/outside") == 302
    assert await posted(server, "/to?307,/feed") == 307
    assert [request.path for request in server.seen] == ["/outside", "/to?307,/feed"]
    sent = server.seen[0].headers
    assert (sent["content-type"], sent["content-length"]) == ("application/json", "8")
    assert not {"cookie", "referer", "authorization"} & set(sent)
    await posted(server, "/feed", authorization="Bearer x", more={"X-Experience-API-Version": "1.0.3"})
    assert server.seen[-1].headers["authorization"] == "Bearer x"
    assert server.seen[-1].headers["x-experience-api-version"] == "1.0.3"


@pytest.mark.parametrize("path", ["/drip", "/silent", "/endless-headers", "/hangs-up", "/garbage", "/too-short"])
async def test_an_answer_that_does_not_end_well_says_nothing_of_what_was_sent(server, path):
    with pytest.raises(Unreachable):
        await posted(server, path, seconds=1.0)


async def test_of_a_long_answer_to_something_sent_little_is_read(server):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in ("/bomb", "/endless"):
        assert await posted(server, path) == 200
    with pytest.raises(Unreachable):
        await posted(server, "/endless-chunks")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


async def test_a_key_travels_in_no_clear_text():
    door = Door(frozenset(), resolver=only_public)
    with pytest.raises(Unreachable) as no:
        await door.send("http://records.example/", b"{}", media_type="application/json", authorization="Bearer x")
    assert no.value.sentence.startswith("The address must begin with https://")


async def only_public(host: str, port: int) -> list[str]:
    raise AssertionError("it was not even looked up")
