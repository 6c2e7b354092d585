"""Two resources that are one, made one."""

from typing import Any

from engage.engagement.rules import Mode
from engage.resources.models import Resource
from engage.resources.record import Level, Term
from engage.resources.rules import Format
from tests import make


async def make_one(browser: Any, by: Any, gone: Resource, stays: Resource) -> Any:
    """Merge as the page does."""
    browser.sign_in(by)
    return await browser.post(f"/curate/resources/{stays.key}/twice/{gone.key}", {"stays": "this"})


async def two() -> tuple[Resource, Resource]:
    """An audiobook, and the same work in print."""
    gone = await make.resource(
        "Owl moon: a story", mode=Mode.LISTENING, format=Format.AUDIOBOOK, call_number="CD YOL", url="https://a.example/",
        summary="A walk in the snow.", subjects=(Term("Owls"), Term("Winter")), minutes=20, popularity=3,
        identifiers=(("isbn", "9780316381994"), ("lccn", "87001234")), measures=(Level("Lexile", "630L"),),
    )  # fmt: skip
    stays = await make.resource(
        "Owl Moon", call_number="E YOL", subjects=(Term("owls"),), year=1987, popularity=1,
        identifiers=(("isbn", "9780399214578"), ("lccn", "87001234")),
    )  # fmt: skip
    return gone, stays
