"""A reader of records that some records kill: what the import must live with. Source: SAFETY.md, U4."""

import json
import os
import sys
import time


def main() -> None:
    """Say seven records; the second kills, the fourth never ends, the sixth says nonsense."""
    skip = int(sys.argv[3])
    for number in range(skip + 1, 8):
        if number == 2:
            os.kill(os.getpid(), 9)
        if number == 4:
            time.sleep(60)
        said = {
            "number": number,
            "notes": [],
            "record": {"title": f"Book {number}", "mode": "reading", "format": "book"},
        }
        sys.stdout.write("{]\n" if number == 6 else json.dumps(said) + "\n")
        sys.stdout.flush()
    sys.stdout.write('{"end": true}\n')


if __name__ == "__main__":
    main()
