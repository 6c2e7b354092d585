"""How long a sign-in that is none takes: an unknown name, a wrong password, an account that waits or was stopped (L6b).

    python -m tests.bench.sign_in_times [--each 500]

The four kinds come in turns, each round in another order, so that whatever else the machine does falls on all alike.
Says the median of each, and how far each lies from the first: by Kolmogorov and Smirnov, at p = 0.01, below 1 they are
alike. The medians have to be within 5 %.
"""

import argparse
import asyncio
import math
import random
import shutil
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from engage import dates
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.errors import Refused
from engage.people import sign_in, tries
from engage.people.tries import Tried
from tests.people.entering import GOOD, give_password
from tests.school import make_the_school

KEY = "k" * 40
WRONG = "not this one, sorry"
KINDS = {"wrong": ("ada", WRONG), "unknown": ("nobody", WRONG), "waiting": ("tom", GOOD), "stopped": ("vera", GOOD)}
AT_ONE_PERCENT = 1.628  # the critical value of the two-sample test for many


async def measure(each: int) -> dict[str, list[float]]:
    """Seconds of each try, by kind."""
    school = await make_the_school()
    for reader in (school.ada, school.tom, school.vera):
        await give_password(reader)
    now = dates.now()
    for _ in range(5):
        await tries.begin(Tried("staff/tom", "10.0.0.1"), KEY, now + timedelta(days=1))
    for number in range(60):
        moment = now - timedelta(hours=2) + timedelta(seconds=61 * number)
        await tries.begin(Tried("staff/vera", "10.0.0.1"), KEY, moment)
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(each):
        for kind, (login, password) in random.sample(list(KINDS.items()), len(KINDS)):
            # each from an address of its own and, where it is not to wait, with all that was counted before let go
            for account in ("staff/ada", "staff/nobody"):
                await tries.let_go(account, KEY)
            await tries.begin(Tried("staff/ada", ""), KEY, now)
            await tries.begin(Tried("staff/nobody", ""), KEY, now)
            began = time.perf_counter()
            try:
                await sign_in.staff_member(login, password, f"10.0.{number % 250}.{number // 250}", KEY, now)
            except Refused:
                took[kind].append(time.perf_counter() - began)
    return took


def distance(one: list[float], other: list[float]) -> float:
    """The largest difference of the two distributions, in critical values at p = 0.01: below 1 they are alike."""
    values = sorted([*one, *other])
    first, second = sorted(one), sorted(other)
    most, at, by = 0.0, 0, 0
    for value in values:
        while at < len(first) and first[at] <= value:
            at += 1
        while by < len(second) and second[by] <= value:
            by += 1
        most = max(most, abs(at / len(first) - by / len(second)))
    return most / (AT_ONE_PERCENT * math.sqrt((len(one) + len(other)) / (len(one) * len(other))))


async def main(each: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="sign-in-times-"))
    url = f"sqlite://{folder / 'engage.sqlite3'}"
    await migrate(url)
    async with opened(url):
        took = await measure(each)
    shutil.rmtree(folder)
    first, *_ = took.values()
    for kind, seconds in took.items():
        middle = statistics.median(seconds)
        share, far = middle / statistics.median(first) - 1, distance(first, seconds)
        print(f"{kind:<8} {len(seconds):>4}  median {middle * 1000:6.2f} ms  {share:+6.1%}  KS {far:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=500)
    asyncio.run(main(parser.parse_args().each))
