"""The founders' real data, which stands beside the repository and is never copied into it."""

import csv
from functools import cache
from pathlib import Path

import pytest

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"


def shared(folder: str) -> Path:
    """A folder or file of the shared data; the test is skipped, loudly, where it is not there."""
    path = SHARED / folder
    if not path.exists():
        pytest.skip(f"../shared/data/{folder} IS NOT HERE: what this test proves is not proved in this run")
    return path


@cache
def counted() -> dict[str, str]:
    """What another parser counted in each file, in the manifest's words, by the file's path below shared/data."""
    with shared("MANIFEST.tsv").open(newline="", encoding="utf-8") as manifest:
        return {row["file"]: row["counted"] for row in csv.DictReader(manifest, delimiter="\t")}
