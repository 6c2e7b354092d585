"""What a local look at a child's words finds before a person reads them. It marks and decides nothing (SAFETY.md, M2).

Nothing leaves the server for it (M6). The lists are short on purpose: they find what is plain, in look-alike and spaced
writing too, and a person reads every review anyway.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from enum import StrEnum


class Mark(StrEnum):
    """What was found. DISTRESS goes to the top of the queue."""

    DISTRESS = "distress"
    PHONE = "phone"
    MAIL = "mail"
    HANDLE = "handle"
    PLACE = "place"
    NAME = "name"
    CONTACT = "contact"
    SLUR = "slur"

    @classmethod
    def words(cls) -> dict["Mark", str]:
        """What each is called."""
        return {
            cls.DISTRESS: "May be in need",
            cls.PHONE: "A telephone number",
            cls.MAIL: "An e-mail address",
            cls.HANDLE: "A name on a social network",
            cls.PLACE: "Where somebody lives",
            cls.NAME: "A name of somebody at school",
            cls.CONTACT: "Wants to meet or to be written to",
            cls.SLUR: "Words that hurt",
        }


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts))


NETWORKS = "snap|snapchat|insta|instagram|tiktok|tik tok|discord|whatsapp|roblox|fortnite|youtube|telegram|kik|twitch"
FAMILY = "dad|mom|father|mother|stepdad|stepmom|uncle|brother"
PATTERNS = {
    Mark.DISTRESS: _any(
        r"\b(?:kill|hurt|cut|harm)(?:t?ing)?\s+my\s?self\b",
        r"\bsuicid",
        r"\bself\s?harm",
        r"\b(?:want|wanted|going|wish)\s+(?:to\s+)?(?:die|be dead|disappear forever)\b",
        r"\bwish\s+i\s+(?:was|were)\s+(?:dead|never born)\b",
        r"\b(?:don t|dont|do not)\s+want\s+to\s+(?:live|be alive|be here anymore)\b",
        r"\b(?:hits?|beats?|touches|touched|hurts)\s+me\b",
        r"\bnobody\s+(?:would\s+)?(?:cares?|miss(?:es)?|loves?|likes?)\s+(?:about\s+)?me\b",
        rf"\b(?:scared|afraid)\s+(?:to\s+go\s+home|of\s+my\s+(?:{FAMILY}))\b",
        r"\brun(?:ning)?\s+away\s+from\s+home\b",
        r"\bnothing\s+to\s+eat\s+at\s+home\b",
        r"\bi\s+hate\s+my\s?(?:self|life)\b",
    ),
    Mark.PLACE: _any(
        r"\b\d{1,5}\s+(?:\w+\s+){0,3}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|boulevard|blvd|apt)\b",
        r"\b(?:i|we)\s+live\s+(?:at|on|in|near|next to|behind|across)\b",
        r"\bmy\s+(?:address|house)\s+is\b",
    ),
    Mark.CONTACT: _any(
        r"\b(?:text|call|message|msg|dm|pm|email|e mail|write)\s+(?:to\s+)?me\b",
        r"\bmeet\s+(?:me|up|us)\b",
        r"\bwants?\s+to\s+meet\b",
        r"\b(?:add|follow)\s+me\b",
        r"\bcome\s+(?:over\s+)?to\s+my\s+(?:house|home|place)\b",
        r"\bbe\s+my\s+(?:girlfriend|boyfriend)\b",
    ),
    Mark.HANDLE: _any(
        rf"\b(?:{NETWORKS})\s+(?:(?:is|name|user|username|id|me|at|as|my|it s)\s+){{0,3}}\w*[\d_]\w*",
        rf"\b(?:my|on|me on)\s+(?:{NETWORKS})\b",
    ),
}
# these read the text with its signs
AT, DOT = r"\s*(?:@|\(at\)|\[at\]|\sat\s)\s*", r"\s*(?:\.|\(dot\)|\[dot\]|\sdot\s)\s*"
MAIL = re.compile(rf"[\w.+-]+{AT}[\w-]+{DOT}(?:com|org|net|edu|gov|[a-z]{{2}})\b")
TAG = re.compile(r"(?:^|\s)@[\w.]{3,}")
PHONE = re.compile(r"(?<!\d)(?:\+?\d[\s().-]{0,2}){7,15}(?!\d)")
NUMBERS = {
    word: str(number)
    for number, word in enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"))
}

# what looks like a Latin letter: digits and signs; and by code point, Cyrillic and Greek ones
SIGNS = dict(zip("013457@$!|8", "oieastasiib", strict=True))
CYRILLIC = {0x430: "a", 0x435: "e", 0x43E: "o", 0x440: "p", 0x441: "c", 0x445: "x", 0x443: "y", 0x456: "i", 0x455: "s"}
GREEK = {0x3BF: "o", 0x3B1: "a", 0x3B5: "e", 0x3B9: "i"}
LOOK_ALIKES = {ord(sign): letter for sign, letter in SIGNS.items()} | CYRILLIC | GREEK
STEMS = _any("nigg", "fagg", "bitch", "fuck", "retard", "wetback", "cunt", "whore", r"\bslut", "trann", "kike")
WHOLE = frozenset(("fag", "chink", "spic", "gook", "dyke", "kys"))
# mild words hurt where they are said of somebody; of a dragon they may be said
OF_SOMEBODY = re.compile(
    r"\b(?:you|u|ur|he|she|they)\s+(?:(?:are|re|r|is|s|a|an|so|all|such|really|very)\s+){0,3}"
    r"(?:loser|idiot|stupid|dumb|ugly|fat)"
)
# given names that are words of every review; they name nobody by themselves
WORDS_TOO = frozenset(("will", "may", "art", "grace", "hope", "joy", "faith", "rose", "hunter", "summer", "autumn"))


def marks_of(text: str, names: Collection[str] = ()) -> list[Mark]:
    """What is found in a text, in the order of Mark. names: of people at the school, as the roster has them."""
    return sorted(set(_found(text, names)), key=list(Mark).index)


def _found(text: str, names: Collection[str]) -> Iterator[Mark]:
    plain = _plain(text)
    spoken = _without_signs(plain)
    for mark, pattern in PATTERNS.items():
        if pattern.search(spoken):
            yield mark
    if MAIL.search(plain):
        yield Mark.MAIL
    if TAG.search(plain):
        yield Mark.HANDLE
    if PHONE.search(re.sub(r"[a-z]+", lambda word: NUMBERS.get(word[0], word[0]), plain)):
        yield Mark.PHONE
    if _hurts(plain.translate(LOOK_ALIKES)):
        yield Mark.SLUR
    known = {word for name in names for word in _without_signs(_plain(name)).split() if len(word) > 2} - WORDS_TOO
    if known.intersection(spoken.split()):
        yield Mark.NAME


def _plain(text: str) -> str:
    """Folded letters without accents, joined marks and signs that are not seen."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in folded if unicodedata.category(sign) not in ("Mn", "Me", "Cf"))


def _without_signs(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]|_", " ", text).split())


def _hurts(alike: str) -> bool:
    """Whether words that hurt stand in a text of plain letters, also s p a c e d, dotted or looooong."""
    once = re.sub(r"(.)\1{2,}", r"\1", alike)
    words = re.findall(r"[a-z]+", once)
    said = " ".join(words)
    spaced = [re.sub(r"[^a-z]", "", run[0]) for run in re.finditer(r"\b[a-z](?:[^a-z]{1,3}[a-z]\b){2,}", once)]
    return (
        bool(STEMS.search(said) or WHOLE.intersection(words) or OF_SOMEBODY.search(said))
        or any(STEMS.search(run) for run in spaced)
        or any(word in run for run in spaced for word in WHOLE)
    )
