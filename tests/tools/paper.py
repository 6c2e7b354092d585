"""Papers as others read them: their words, their sheets and the codes on them."""

import re
import subprocess
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.tools import from_debian

POPPLER = "poppler-utils"


def words_in(pdf: bytes) -> str:
    """The text of a PDF in one line, as pdftotext reads it."""
    done = _ask([from_debian("pdftotext", POPPLER), "-raw", "-", "-"], pdf)
    return " ".join(done.replace("\u200b", "").replace("\f", " ").split())


def pages_in(pdf: bytes) -> list[str]:
    """The text of each page of a PDF, in one line each."""
    done = _ask([from_debian("pdftotext", POPPLER), "-raw", "-", "-"], pdf)
    return [" ".join(page.replace("\u200b", "").split()) for page in done.split("\f")[:-1]]


def sheets_of(pdf: bytes) -> tuple[int, tuple[float, float]]:
    """How many pages a PDF has, and the width and height of the first in points."""
    told = _ask([from_debian("pdfinfo", POPPLER), "-"], pdf)
    pages = re.search(r"^Pages:\s+(\d+)", told, re.MULTILINE)
    size = re.search(r"^Page size:\s+([\d.]+) x ([\d.]+)", told, re.MULTILINE)
    assert pages, told
    assert size, told
    return int(pages[1]), (float(size[1]), float(size[2]))


def words_and_feet(pdf: bytes) -> list[tuple[str, float]]:
    """Each word of the first page, and how far below the upper edge it ends, in points."""
    told = _ask([from_debian("pdftotext", POPPLER), "-bbox", "-l", "1", "-", "-"], pdf)
    return [(unescape(word), float(foot)) for foot, word in re.findall(r'yMax="([\d.]+)">([^<]*)</word>', told)]


def picture_of(pdf: bytes, dots: int = 100) -> bytes:
    """The first page as a PNG, with so many dots to an inch."""
    tool = from_debian("pdftoppm", POPPLER)
    return subprocess.run(
        [tool, "-png", "-singlefile", "-r", str(dots), "-"], input=pdf, capture_output=True, timeout=60, check=True
    ).stdout


def codes_in(picture: bytes) -> list[str]:
    """What the QR codes on a PNG say."""
    tool = from_debian("zbarimg", "zbar-tools")
    with TemporaryDirectory() as folder:
        place = Path(folder) / "picture.png"
        place.write_bytes(picture)
        done = subprocess.run(
            [tool, "--raw", "-q", "-Sdisable", "-Sqrcode.enable", str(place)],
            capture_output=True,
            timeout=60,
            check=False,
        )
    return done.stdout.decode().split()


def _ask(command: list[str], data: bytes) -> str:
    return subprocess.run(command, input=data, capture_output=True, timeout=60, check=True).stdout.decode()
