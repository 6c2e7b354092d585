"""What the process of a parser may not do, said by the process itself before it reads the first foreign byte.

Source: SAFETY.md, F6; the figures are those of its section 0.
"""

import math
import resource
import sys
import time

CPU_SECONDS = 10
MEMORY = 512 * 1024 * 1024


def shut_in() -> None:
    """From now on no more memory than this, no file, no connection, no trace on the disk."""
    limit(resource.RLIMIT_AS, MEMORY, MEMORY)
    limit(resource.RLIMIT_CORE, 0, 0)
    limit(resource.RLIMIT_FSIZE, 0, 0)
    limit(resource.RLIMIT_NOFILE, 3, 3)


def begin_piece(life_seconds: int) -> None:
    """From now on CPU_SECONDS for the next piece of work. life_seconds: for all pieces, which nothing can raise."""
    limit(resource.RLIMIT_CPU, min(math.ceil(time.process_time()) + CPU_SECONDS, life_seconds), life_seconds)


def limit(which: int, soft: int, hard: int) -> None:
    """Set one limit; systems that do not know it run with the others and the clock, and Linux knows them all."""
    try:
        resource.setrlimit(which, (soft, hard))
    except (ValueError, OSError):
        if sys.platform == "linux":
            raise
