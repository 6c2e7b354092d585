"""Acts that many people do at the same moment, kept together: who comes while one unit of work is under way waits for
it, and all who wait are done in the next one.

So whoever comes alone is served at once, and of a whole class that presses at the same moment each is served sooner:
they begin and are kept once, and the sums that all of them change are changed once (transaction.gather). Each act is
wholly done or not at all, as if it were alone: where one of them fails, nothing is kept, and each is done again by
itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from engage.database.transaction import alone_by_context, brief_transaction, watch_over
from engage.errors import Busy

T = TypeVar("T")
MOST = 16


@dataclass(frozen=True)
class Waiting:
    """An act that somebody waits for. whose: the id of the person whose rows it holds."""

    whose: int
    act: Callable[[], Awaitable[Any]]
    answer: asyncio.Future[Any]


class Together:
    """Acts of one kind, each brief in the sense of transaction.brief_transaction."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.waiting: list[Waiting] = []
        self.working: asyncio.Task[None] | None = None

    async def do(self, whose: int, act: Callable[[], Awaitable[T]]) -> T:
        """What the act gives, once it is kept; inside another unit it is a part of that. Raises Busy.

        whose: the id of the person whose rows it holds until the unit is over.
        """
        if alone_by_context():
            return await _alone(act)
        loop = asyncio.get_running_loop()
        if self.working is None or self.working.get_loop() is not loop or self.working.done():
            self.waiting.clear()
            self.working = watch_over(loop.create_task(self._work()))
        mine = Waiting(whose, act, loop.create_future())
        # an exception that nobody fetches, as whoever asked is gone, would be reported as lost
        mine.answer.add_done_callback(asyncio.Future.exception)
        self.waiting.append(mine)
        # who goes away stops nothing half way
        found: T = await asyncio.shield(mine.answer)
        return found

    async def _work(self) -> None:
        while self.waiting:
            some, self.waiting = self.waiting[: self.most], self.waiting[self.most :]
            if len(some) > 1 and await self._all(some):
                continue
            await asyncio.gather(*map(_by_itself, some))

    async def _all(self, some: list[Waiting]) -> bool:
        """Do them in one unit; False where each has to be done by itself."""
        begun = False

        @brief_transaction
        async def unit() -> list[Any]:
            nonlocal begun
            begun = True
            # whoever else holds rows of several people takes them in this order, too
            return [(one, await one.act()) for one in sorted(some, key=lambda each: each.whose)]

        try:
            done = await unit()
        except Exception as problem:  # noqa: BLE001 - what is wrong with one of them is told to that one alone
            if begun or not isinstance(problem, Busy):
                return False
            for one in some:
                one.answer.set_exception(Busy())
            return True
        for one, given in done:
            one.answer.set_result(given)
        return True


@brief_transaction
async def _alone(act: Callable[[], Awaitable[T]]) -> T:
    return await act()


async def _by_itself(one: Waiting) -> None:
    try:
        given = await _alone(one.act)
    except Exception as problem:  # noqa: BLE001 - it belongs to whoever waits
        one.answer.set_exception(problem)
    else:
        one.answer.set_result(given)
