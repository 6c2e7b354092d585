"""Asks for pages over and over, in a process of its own: `python -m tests.faults.asking ADDRESS SECONDS COOKIE PATH…`.

Ends early when its standard input is closed. Prints, for each answer, the path, the status and the milliseconds.
"""

import http.client
import json
import select
import sys
import time
from urllib.parse import urlsplit

PAUSE = 0.15


def main(address: str, seconds: str, cookie: str, *paths: str) -> None:
    """Ask for each page in turn, as a patient reader would."""
    found: list[tuple[str, int, float]] = []
    end = time.monotonic() + float(seconds)
    turn = 0
    while time.monotonic() < end and not _told_to_end():
        path = paths[turn % len(paths)]
        turn += 1
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        began = time.monotonic()
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        found.append((path, answer.status, (time.monotonic() - began) * 1000))
        connection.close()
        time.sleep(PAUSE)
    print(json.dumps(found))  # noqa: T201


def _told_to_end() -> bool:
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(ready)


if __name__ == "__main__":
    main(*sys.argv[1:])
