"""Names in MARC records: who made a resource, in which role, and how the name is shown rather than filed."""

import re
from collections.abc import Iterator

import pymarc

from engage.database import fold
from engage.resources.marc_kinds import texts
from engage.resources.record import NAME, ORGANIZATION, Maker, neat

MOST_MAKERS = 20
# relator terms and codes, as cataloguers write them; what is not here is shown as it stands
ROLES = {
    "author": "aut author writer cre creator dis",
    "illustrator": "ill ill. illus illus. illustrator illustrators art artist ilu",
    "editor": "edt ed ed. editor editors edc",
    "translator": "trl tr tr. trans trans. translator",
    "narrator": "nrt narrator spk speaker reader rea",
    "compiler": "com comp comp. compiler",
    "adapter": "adp adapter retold",
    "photographer": "pht photographer photographs",
    "composer": "cmp composer",
    "performer": "prf performer mus musician sng singer voc vocalist itr instrumentalist cnd conductor",
    "director": "drt director fmd",
    "actor": "act actor",
    "author of introduction": "aui aft wpr wfw",
    "lyricist": "lyr lyricist",
    "contributor": "ctb contributor oth",
}
ROLE_OF = {word: role for role, words in ROLES.items() for word in words.split()}
# who had a hand in the copy or the trade, not in the work
NOT_MAKERS = frozenset(
    {"pbl", "publisher", "prt", "printer", "fmo", "former", "dnr", "donor", "dst", "distributor", "bsl", "ins", "own"}
    | {"isb", "issuing", "his", "host", "spn", "sponsor", "dgg", "degree", "ths"}
)
# what the statement of responsibility calls a role, when the name itself has none
SAID = (
    ("illustrator", re.compile(r"illus|pictures|drawings|paintings|drawn by|art(?:work)? by")),
    ("photographer", re.compile(r"photo")),
    ("translator", re.compile(r"translat|traducid|traducción")),
    ("editor", re.compile(r"\bedit(?:ed|or)")),
    ("compiler", re.compile(r"compil|select|collect|anthology")),
    ("adapter", re.compile(r"retold|adapt|retelling")),
    ("narrator", re.compile(r"narrat|read by")),
    ("author of introduction", re.compile(r"introduc|foreword|preface|afterword|consult")),
)
BEFORE = frozenset(
    {"dr", "dr.", "sir", "mrs", "mrs.", "mr", "mr.", "ms", "ms.", "miss", "lady", "lord", "mother", "father", "sister"}
    | {"brother", "saint", "king", "queen", "prince", "princess", "chief", "rabbi", "rev", "rev.", "reverend"}
    | {"captain", "colonel", "general", "major", "president", "pope", "emperor"}
)
AFTER = re.compile(r"(?:jr|sr|[ivx]+)\.?$", re.IGNORECASE)
SHORTENED = re.compile(r"(?:^|[\s.(-])(?:[^\W\d_]|jr|sr|dr|st|mr|ms|mrs|etc|inc|ltd|bros|corp)\.$", re.IGNORECASE)
NAMELESS = re.compile(r"s\. ?n\.?|publisher not identified", re.IGNORECASE)
ENDS = re.compile(r"[\s/:;=,]+$")


def trimmed(text: str) -> str:
    """Text without the punctuation that catalogue cards end with; a point stays after an initial or a short form."""
    bare = ENDS.sub("", text.replace("[from old catalog]", "").strip())
    if bare.endswith(".") and not bare.endswith("..") and not SHORTENED.search(bare):
        bare = bare[:-1]
    return ENDS.sub("", bare)


def makers_of(raw: pymarc.Record) -> list[Maker]:
    """Who made it, the one it is known by first, each with a role."""
    found: dict[str, Maker] = {}
    responsible = " ".join(texts(raw, "245", "c"))
    publisher = tuple(fold.words(publisher_of(raw)))[:1]
    for field in raw.get_fields("100", "110", "111", "700", "710", "711"):
        name = shown(field)
        role = _role(field, raw, responsible)
        if not name or not role or field.get_subfields("5") or (field.tag >= "700" and field.get_subfields("t")):
            continue
        if field.tag == "710" and role == "contributor" and _is_trade(field, publisher):
            continue
        is_body = role == "author" and field.tag[1:] != "00"
        found.setdefault(name.casefold(), Maker(name, ORGANIZATION if is_body else role))
    return list(found.values())[:MOST_MAKERS]


def shown(field: pymarc.Field) -> str:
    """A name as it is said: "Dr. Seuss", "Martin Luther King Jr.", "Great Britain. Central Office of Information"."""
    main = trimmed(next(iter(field.get_subfields("a")), ""))
    if field.tag[1:] != "00":
        parts = [main, *(trimmed(part) for part in field.get_subfields("b"))]
        return neat(". ".join(filter(None, parts)).removesuffix(" (Firm)"), NAME)
    main = re.sub(r"\s*\([^)]*\)", "", main)
    if field.indicator1 != "0" and "," in main:
        last, first = main.split(",", 1)
        main = f"{first.strip()} {last.strip()}".strip()
    numeral = trimmed(" ".join(field.get_subfields("b")))
    titles = [trimmed(title) for title in field.get_subfields("c")]
    before = " ".join(title for title in titles if title.lower() in BEFORE)
    after = " ".join(title for title in titles if AFTER.fullmatch(title) or title.lower().startswith("of "))
    return neat(" ".join(filter(None, [before, main, numeral, after])), NAME)


def publisher_of(raw: pymarc.Record) -> str:
    """The first publisher's name."""
    fields = [field for field in raw.get_fields("264") if field.indicator2 == "1"]
    for field in [*fields, *raw.get_fields("260")]:
        for text in field.get_subfields("b"):
            name = trimmed(text).strip("[]")
            if name and not NAMELESS.fullmatch(name):
                return neat(name, NAME)
    return ""


def _role(field: pymarc.Field, raw: pymarc.Record, responsible: str) -> str:
    """What somebody did; "" where it was nothing for the work itself."""
    terms = [term for text in field.get_subfields("e", "4", "j") for term in _terms(text)]
    for term in terms:
        word = term.removeprefix("joint ").split(" ")[0].rstrip(",")
        if word in NOT_MAKERS:
            return ""
        if known := ROLE_OF.get(term) or ROLE_OF.get(word):
            return known
    if terms:
        return terms[0][:40]
    if role := _said(field, responsible):
        return role
    if field.tag < "700":
        return "composer" if raw.leader[6] in "cdj" else "author"
    return "contributor"


def _terms(text: str) -> Iterator[str]:
    """The relator terms of a subfield; codes may come as the address of the list they stand in."""
    for term in re.split(r"\band\b|,|;", text.lower()):
        if bare := term.strip().rsplit("/", 1)[-1].strip(" ()"):
            yield bare if bare.endswith(".") and bare in ROLE_OF else bare.rstrip(".")


def _said(field: pymarc.Field, responsible: str) -> str:
    """The role that the title page gives somebody, "author" where it names them without one, "" if it does not."""
    name = fold.words(next(iter(field.get_subfields("a")), "").split(",")[0])
    for part in responsible.split(";"):
        if name and set(name) <= set(fold.words(part)):
            lower = part.lower()
            # the words before the name are those about it
            before = lower[: lower.find(name[0])] if name[0] in lower else lower
            return next((role for role, words in SAID if words.search(before)), "author")
    return ""


def _is_trade(field: pymarc.Field, publisher: tuple[str, ...]) -> bool:
    """Whether a body without a role is the house that brought it out."""
    name = next(iter(field.get_subfields("a")), "")
    return "(Firm)" in name or tuple(fold.words(name))[:1] == publisher
