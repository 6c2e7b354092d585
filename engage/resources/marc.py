"""What a MARC record says of a resource: a pymarc record in, a CatalogueRecord out. Nothing else is touched.

Source: STANDARDS.md, 3.1.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import pymarc

from engage.database import fold
from engage.resources import isbn, marc_holdings, marc_kinds, marc_names, record
from engage.resources.marc_holdings import Conventions
from engage.resources.marc_kinds import control, texts
from engage.resources.marc_names import trimmed
from engage.resources.record import CatalogueRecord, Term, neat
from engage.resources.rules import Format, mode_of

TITLES = ("130", "240", "246", "222", "740")
ELSEWHERE = frozenset({Format.EBOOK, Format.WEBSITE, Format.DATABASE, Format.VIDEO})
# what a heading says of every book for children says nothing in a library for children
JUVENILE = re.compile(r"\bjuvenile\s+|,?\s*\bjuvenile$", re.IGNORECASE)
SAYS_NOTHING = frozenset({"literature", "literature for children"})
COPIES = ("852", "952")
CONTENTS = 1_200
MOST_TERMS = 40
MOST_NUMBERS = 60
LAST = frozenset({"genre", "award"})
ISSN = re.compile(r"\b\d{4}-?\d{3}[\dXx]\b")
OCLC = re.compile(r"(?:\(OCoLC\)\s*(?:oc[mn]|on)?|oc[mn]|on(?=\d{10}))\s*(\d+)", re.IGNORECASE)
SYSTEM = re.compile(r"\(([^()]{1,40})\)\s*(\S.{0,60})$")


class Unusable(Exception):
    """A record that is no resource, in one sentence."""


def read(raw: pymarc.Record, location: str, conventions: Conventions | None = None) -> CatalogueRecord:
    """What a record says.

    location: where the library's things stand when the record does not say so. conventions: how it writes copies,
    where somebody said so.
    Raises Unusable.
    """
    if raw.leader[5] == "d":
        raise Unusable("The record says that it was deleted.")
    if raw.leader[6] in "uvxyz":
        raise Unusable("It describes holdings or a heading, not a title.")
    title, filed = _title(raw)
    if not title:
        raise Unusable("It has no title (field 245).")
    subjects = _subjects(raw)
    makers = tuple(marc_names.makers_of(raw))
    places = tuple(marc_holdings.places_of(raw, location, filed, conventions))
    if conventions and conventions.ours and not places:
        raise Unusable("None of its copies is in this library.")
    easy = marc_holdings.class_of(raw) == "E" or any(place.call_number.split()[:1] == ["E"] for place in places)
    form = marc_kinds.format_of(raw, [term.text for term in subjects if term.kind == "genre"], easy)
    low, high = marc_kinds.audience_of(raw)
    known = CatalogueRecord(
        title=title,
        title_sort=filed,
        other_titles=tuple(_other_titles(raw, title)),
        makers=makers,
        mode=mode_of(form),
        format=form,
        summary=_summary(raw),
        subjects=tuple(subjects[:MOST_TERMS]),
        language=marc_kinds.language_of(raw),
        audience_low=low,
        audience_high=high,
        publisher=marc_names.publisher_of(raw),
        year=marc_kinds.year_of(raw),
        pages=marc_kinds.pages_of(raw),
        minutes=marc_kinds.minutes_of(raw),
        series=_series(raw),
        dewey=marc_holdings.class_of(raw),
        cover=marc_holdings.picture_in(raw),
        identifiers=tuple(dict.fromkeys(_identifiers(raw)))[:MOST_NUMBERS],
        measures=tuple(marc_kinds.levels_of(raw)),
        places=places,
        addresses=tuple(marc_holdings.addresses_of(raw)),
    )
    if known.addresses and form in ELSEWHERE and not raw.get_fields(*([conventions.tag] if conventions else COPIES)):
        # what is only to be had elsewhere stands on no shelf of ours
        known = replace(known, places=())
    return replace(known, origin=_origin(known))


def _title(raw: pymarc.Record) -> tuple[str, str]:
    """The title as it is shown, and as it is filed."""
    for field in (*raw.get_fields("245"), *raw.get_fields(*TITLES)):
        title = _words_of_title(field)
        if title:
            return title, _filed(field, title)
    return "", ""


def _words_of_title(field: pymarc.Field) -> str:
    """Title, rest of title, and the part's number and name, without the punctuation of catalogue cards."""
    said = ""
    runs_on = not field.get_subfields("c")  # then who made it may stand in the title, behind a stroke
    for part in field.subfields:
        if part.code not in "abnp" or not (text := part.value.strip()):
            continue
        if not said:
            said = text
            continue
        before = said.rstrip()[-1]
        said = trimmed(said)
        said += (" = " if before == "=" else ": " if part.code == "b" else ". ") + text
    if runs_on:
        said = said.split(" / ")[0]
    return neat(re.sub(r"\s+([:;,.])(?=\s)", r"\1", trimmed(said)), record.TITLE)


def _filed(field: pymarc.Field, title: str) -> str:
    skip = field.indicator2 if field.tag in ("245", "240", "222") else field.indicator1 if field.tag == "130" else "0"
    if skip.isdigit() and skip != "0":
        return " ".join(fold.words(title[int(skip) :]))[: record.SORTED] or record.sorting_title(title)
    return record.sorting_title(title)


def _other_titles(raw: pymarc.Record, title: str) -> Iterator[str]:
    """Titles it is also known by: varying and original ones, and the title in its own script."""
    seen = {tuple(fold.words(title))}
    own_script = [field for field in raw.get_fields("880") if _linked(field) == "245"]
    for field in (*own_script, *raw.get_fields("246", "240", "130")):
        other = _words_of_title(field)
        if other and (words := tuple(fold.words(other))) not in seen:
            seen.add(words)
            yield other


def _linked(field: pymarc.Field) -> str:
    """The tag that a field in another script belongs to."""
    return next(iter(field.get_subfields("6")), "")[:3]


def _summary(raw: pymarc.Record) -> str:
    """What it is about; without a summary, what is in it."""
    notes = [" ".join(field.get_subfields("a", "b")) for field in raw.get_fields("520") if field.indicator1 != "4"]
    if said := neat(" ".join(notes), record.SUMMARY):
        return said
    contents = " ".join(part for field in raw.get_fields("505") for part in field.get_subfields("a", "g", "t", "r"))
    listed = neat(re.sub(r"\s*--\s*", " · ", contents.removeprefix("Machine generated contents note:")), CONTENTS)
    return f"Contents: {listed}" if listed else ""


def _series(raw: pymarc.Record) -> str:
    for field in raw.get_fields("490", "440", "830", "800", "810", "811"):
        names = field.get_subfields("a", "p") if field.tag in ("490", "440", "830") else field.get_subfields("t", "p")
        name = trimmed(" ".join(trimmed(each) for each in names))
        if name:
            number = trimmed(next(iter(field.get_subfields("v")), ""))
            return f"{name}, {number}" if number else name
    return ""


def _subjects(raw: pymarc.Record) -> list[Term]:
    """Headings, then genres, then awards, each once; without what only says that a book is for children."""
    found: list[Term] = []
    for field in raw.get_fields("600", "610", "611", "630", "650", "651", "653"):
        if field.indicator2 != "6" or field.tag == "653":  # 6: the French headings of a record that has English ones
            found += _heading(field)
    found += [Term(_plain_form(text), "genre") for text in texts(raw, "655")]
    found += [Term(trimmed(text), "award") for text in texts(raw, "586")]
    kept: dict[str, Term] = {}
    for term in sorted(found, key=lambda term: ("genre", "award").index(term.kind) if term.kind in LAST else -1):
        if term.text and (words := " ".join(fold.words(term.text))):
            kept.setdefault(words, replace(term, text=neat(term.text, record.NAME)))
    return list(kept.values())


def _heading(field: pymarc.Field) -> Iterator[Term]:
    """A subject with its places, times and aspects; what kind of book it is comes as a genre of its own."""
    if field.tag == "653":
        yield from (Term(trimmed(text)) for text in field.get_subfields("a"))
        return
    if field.tag == "600" and not field.get_subfields("t"):
        name, kind = marc_names.shown(field), "person"
    else:
        name = trimmed(" ".join(field.get_subfields("a", "b", "p") + field.get_subfields("t")))
        kind = "place" if field.tag == "651" else "topic"
    aspects = [trimmed(part.value) for part in field.subfields if part.code in "xyz"]
    plain = _plain_form(" — ".join([name, *aspects]))
    if plain:
        yield Term(plain, kind)
    yield from (Term(form, "genre") for text in field.get_subfields("v") if (form := _plain_form(text)))


def _plain_form(text: str) -> str:
    """A heading without "juvenile"; "" where nothing is left that tells anything."""
    plain = trimmed(JUVENILE.sub("", text)).strip()
    return "" if plain.lower() in SAYS_NOTHING else plain[:1].upper() + plain[1:]


def _identifiers(raw: pymarc.Record) -> Iterator[tuple[str, str]]:
    """Numbers by which the same resource is found again; see Identifier."""
    if number := control(raw, "001").strip():
        agency = control(raw, "003").strip()
        yield "record", f"{agency}:{number}"
        if agency == "OCoLC" and (found := OCLC.match(f"(OCoLC){number}")):
            yield "oclc", found[1].lstrip("0")
    for text in texts(raw, "010"):
        if number := _lccn(text):
            yield "lccn", number
    for field in raw.get_fields("020"):
        for part in field.subfields:
            if part.code in "az" and (number := isbn.isbn_in(part.value)):
                yield "isbn" if part.code == "a" else "isbn wrong", number
    yield from (("issn", found[0].upper()) for text in texts(raw, "022") if (found := ISSN.search(text)))
    for field in raw.get_fields("024"):
        text = next(iter(field.get_subfields("a")), "").strip()
        scheme = {"1": "upc", "7": next(iter(field.get_subfields("2")), "").lower()}.get(field.indicator1, "")
        if field.indicator1 == "3" and (number := isbn.isbn_in(text)):
            yield "isbn", number
        elif scheme in ("upc", "doi") and text:
            yield scheme, text
    for text in texts(raw, "035"):
        if found := OCLC.match(text):
            yield "oclc", found[1].lstrip("0")
        elif found := SYSTEM.match(text):
            yield "record", f"{found[1]}:{found[2].strip()}"


def _lccn(text: str) -> str:
    """A number of the Library of Congress as it is compared: "sc83003257" for "sc 83-3257".

    Source: the Library's "LCCN Namespace", normalisation.
    """
    bare = re.sub(r"[^0-9A-Za-z-]", "", text.split("/")[0])
    year, dash, serial = bare.partition("-")
    return f"{year}{serial.zfill(6)}" if dash and serial.isdigit() else bare.replace("-", "")


def _origin(known: CatalogueRecord) -> str:
    """The name of the record itself: a later file that holds it again holds the same name."""
    numbers = dict(reversed(known.identifiers))
    scheme = next((name for name in ("record", "lccn", "oclc", "isbn", "issn", "upc") if name in numbers), "")
    return f"{scheme} {numbers[scheme]}" if scheme else f"title {known.edition_key}"
