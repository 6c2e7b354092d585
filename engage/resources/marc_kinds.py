"""What the coded parts of a MARC record say: mode, format, language, audience, size, year, reading measures.

Source: STANDARDS.md, 3.1; the positions are those of MARC 21's leader, 006, 007 and 008.
"""

import re
from collections.abc import Iterable

import pymarc

from engage.resources import languages
from engage.resources.record import Level
from engage.resources.rules import Format

PICTURES = 48  # pages a picture book has at most
OLDEST, NEWEST = 1400, 2100
MOST_PAGES = 20_000
MOST_MINUTES = 60 * 24 * 7

# 008/22, as grades; kindergarten is 0 and preschool -1
AUDIENCES = {"a": (-1, -1), "b": (0, 3), "c": (4, 8), "d": (9, 12), "j": (0, 8)}
WORDS = {"preschool": "-1", "pre-k": "-1", "prek": "-1", "pk": "-1", "kindergarten": "0", "k": "0"}
RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:-+|–|to|through|thru|and)\s*(-?\d+(?:\.\d+)?)")  # noqa: RUF001
UP = re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:and|&)\s*(?:up|over|older|above)|(-?\d+(?:\.\d+)?)\s*\+")
ONE = re.compile(r"(?<![\d.])(-?\d{1,2})(?![\d.])")
PAGES = re.compile(r"(\d{1,5}(?:,\s*\d{1,5})*)\s*(?:p\b|pages?\b|pgs?\b|leaves\b|pp\b)", re.IGNORECASE)
HOURS = re.compile(r"(\d{1,3})\s*(?:hrs?\b|hours?\b|h\b)", re.IGNORECASE)
MINUTES = re.compile(r"(\d{1,4})\s*(?:min\b|mins\b|minutes?\b|m\b)", re.IGNORECASE)
YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
COMICS = re.compile(r"graphic novel|comic book|comics|manga", re.IGNORECASE)
SCHEMES = {"0": "Reading grade level", "3": "Special audience", "4": "Motivation level"}


def texts(record: pymarc.Record, tags: str, codes: str = "a") -> list[str]:
    """The subfields of some fields, in order, without the blanks around them. tags: with blanks between."""
    return [
        value
        for field in record.get_fields(*tags.split())
        for value in (part.strip() for part in field.get_subfields(*codes))
        if value
    ]


def control(record: pymarc.Record, tag: str) -> str:
    """The first control field of a tag; "" where there is none."""
    return next((field.data or "" for field in record.get_fields(tag)), "")


def coded(record: pymarc.Record, start: int, length: int = 1) -> str:
    """Positions of 008, blanks where it is too short."""
    return control(record, "008").ljust(40)[start : start + length]


def format_of(record: pymarc.Record, genres: Iterable[str], easy: bool) -> Format:
    """The format of a resource. genres: its genre terms; easy: the library shelves it among its easy books."""
    kind, level = record.leader[6], record.leader[7]
    carriers = " ".join(texts(record, "338")).lower()
    physical = [field.data or "" for field in record.get_fields("007")]
    title = " ".join(texts(record, "245", "h")).lower()
    if kind in "ij":
        spoken = kind == "i"
        return Format.AUDIOBOOK if spoken else Format.MUSIC
    if kind == "g" or (kind not in "at" and any(data[:1] in ("v", "m") for data in physical)):
        return Format.VIDEO if "online" in carriers else Format.FILM
    if kind == "m":
        return {"g": Format.GAME, "j": Format.WEBSITE, "d": Format.EBOOK, "e": Format.DATABASE}.get(
            coded(record, 26), Format.OTHER
        )
    if kind in "ro" or (kind == "k" and "game" in " ".join(genres).lower()):
        return Format.GAME if kind == "r" else Format.OTHER
    if kind not in "at":
        return Format.OTHER
    if level in "sb" and kind == "a":
        return {"d": Format.DATABASE, "w": Format.WEBSITE}.get(coded(record, 21), Format.MAGAZINE)
    if level == "i" and coded(record, 21) in "dw":
        return Format.WEBSITE if coded(record, 21) == "w" else Format.DATABASE
    if coded(record, 23) in "oqs" or "online" in carriers or "electronic" in title:
        return Format.EBOOK
    if any(data[:1] == "s" for data in physical) and "audio" in carriers:
        return Format.AUDIOBOOK
    if "6" in coded(record, 18, 4) + coded(record, 24, 4) or any(COMICS.search(genre) for genre in genres):
        return Format.GRAPHIC_NOVEL
    short = (pages_of(record) or PICTURES) <= PICTURES
    pictures = "a" in coded(record, 18, 4) or "ill" in " ".join(texts(record, "300", "b"))
    return Format.PICTURE_BOOK if easy and short and pictures else Format.BOOK


def language_of(record: pymarc.Record) -> str:
    """The first language of the text itself."""
    for code in (coded(record, 35, 3), *texts(record, "041", "ad")):
        if found := languages.of_marc(code[:3]):
            return found
    return ""


def audience_of(record: pymarc.Record) -> tuple[int | None, int | None]:
    """The lowest and the highest grade a resource is meant for; None where the record does not say, or says no end.

    A note about grades or ages is more exact than the code.
    """
    low, high = AUDIENCES.get(coded(record, 22), (None, None)) if record.leader[6] not in "cdp" else (None, None)
    for field in record.get_fields("521"):
        if field.indicator1 not in ("0", "1", "2", " ") or field.get_subfields("b"):
            continue
        found = grades_in(" ".join(field.get_subfields("a")), ages=field.indicator1 == "1")
        if found is not None:
            first, last = found
            if last is None and high is not None and high >= first:
                last = high
            return first, last
    return low, high


def grades_in(text: str, ages: bool) -> tuple[int, int | None] | None:
    """The grades that a cataloguer's note names: (2, 3) for "Grades 2-3", (4, None) for "Ages 9 & up" told as ages."""
    plain = text.lower()
    if re.search(r"\brl\b|lexile|reading level", plain):
        return None
    ages = ages or bool(re.search(r"\bages?\b|years?", plain))
    if re.search(r"\bgr(?:ade)?s?\b|preschool|\bk\b|kindergarten", plain):
        ages = False
    for word, number in WORDS.items():
        plain = re.sub(rf"(?<![a-z]){re.escape(word)}(?![a-z])", number, plain)
    plain = re.sub(r"cover.*|jacket.*|jkt.*|\[.*?\]", " ", re.sub(r"gr(?:ade)?s?\.?", " ", plain))
    if found := RANGE.search(plain):
        low, high = float(found[1]), float(found[2])
    elif found := UP.search(plain):
        low, high = float(found[1] or found[2]), None
    elif found := ONE.search(plain):
        low = high = float(found[1])
    else:
        return None
    first = _grade(low, ages)
    last = None if high is None else _grade(high, ages)
    if last is not None and last < first:
        return None
    return first, last


def _grade(number: float, ages: bool) -> int:
    """A grade within -1 to 12. Children are five in kindergarten."""
    return max(-1, min(12, int(number) - (5 if ages else 0)))


def levels_of(record: pymarc.Record) -> list[Level]:
    """Reading measures, as the record has them, with the field they stood in. Never computed (STANDARDS.md, 6.3)."""
    found = []
    for field in record.get_fields("521"):
        scheme = next(iter(field.get_subfields("b")), "").strip(" .") or (
            SCHEMES.get(field.indicator1, "") if field.indicator1 == "0" else ""
        )
        value = " ".join(field.get_subfields("a")).strip(" .")
        if scheme and value:
            found.append(Level(scheme, value, "521"))
    for field in record.get_fields("526"):
        program = next(iter(field.get_subfields("a")), "").strip(" .")
        for code, what in (("b", "interest level"), ("c", "reading level"), ("d", "points")):
            value = " ".join(field.get_subfields(code)).strip(" .")
            if program and value:
                found.append(Level(f"{program}, {what}", value, "526"))
    return found


def pages_of(record: pymarc.Record) -> int | None:
    """How many pages it has, where the record counts them."""
    counts = [found for text in texts(record, "300") for found in PAGES.findall(text)]
    numbers = [int(number) for count in counts for number in count.split(",")]
    most = max(numbers, default=0)
    return most if 0 < most <= MOST_PAGES else None


def minutes_of(record: pymarc.Record) -> int | None:
    """How long it plays, where the record says so."""
    for text in texts(record, "306"):
        if re.fullmatch(r"\d{6}", text):
            whole = int(text[:2]) * 60 + int(text[2:4]) + (1 if int(text[4:]) >= 30 else 0)
            if 0 < whole <= MOST_MINUTES:
                return whole
    for text in texts(record, "300"):
        whole = sum(int(number) * 60 for number in HOURS.findall(text)[:1])
        whole += sum(int(number) for number in MINUTES.findall(text)[:1])
        if 0 < whole <= MOST_MINUTES:
            return whole
    return None


def year_of(record: pymarc.Record) -> int | None:
    """The year it was published: the coded date, else the one in words."""
    date = coded(record, 7, 4)
    if date.isascii() and date.isdigit() and OLDEST <= int(date) <= NEWEST:
        return int(date)
    published = [field for field in record.get_fields("264") if field.indicator2 == "1"]
    for field in [*published, *record.get_fields("260", "264")]:
        for text in field.get_subfields("c"):
            if found := YEAR.search(text):
                return int(found[1])
    return None
