"""Makes foreign text harmless: a little markup where markup is wanted, plain text everywhere else."""

import hashlib
import html
import re
import unicodedata
from collections import Counter
from itertools import groupby

import nh3

from feeds.address import address
from feeds.model import BODY, GUID

# Source: SAFETY.md F8.
TAGS = frozenset({"p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "a"})
REL = "noopener noreferrer"
MARKS = 8  # combining marks in a row
NESTED = 100  # elements within each other; nh3 needs a second for 20,000

_LIKE_PARAGRAPHS = (
    "div section article header footer aside main h1 h2 h3 h4 h5 h6 pre figure figcaption "
    "address dl dt dd table tr details summary center"
)
# tags that are not ours but mean, to a reader, much the same as one of ours
_SAME = {"b": "strong", "i": "em", "cite": "em", "dfn": "em"} | dict.fromkeys(_LIKE_PARAGRAPHS.split(), "p")
# by their first letters, so that thirty names are not tried at every tag
_RENAMED = re.compile(
    r"<(/?)("
    + "|".join(
        f"{letter}(?:{'|'.join(name[1:] for name in names)})"
        for letter, names in groupby(sorted(_SAME), key=lambda name: name[0])
    )
    + r")(?=[\s/>])",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"<(?=/?(?:p|br|hr|ul|ol|li|td|th|blockquote)[\s/>])", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)[^<>]*>")
_OPENS = re.compile(r"<(?=[a-zA-Z/!?])")
# what never holds itself: empty elements, and the paragraph, which the next paragraph ends
_FLAT = {"p", "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "wbr"}
_UNSEEN = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title", "head"}
# all that stands in clean markup: see `_pass`
_OURS = re.compile(r"</?(?:p|br|em|strong|ul|ol|li|blockquote|a)>|<a(?: (?:href|rel)=\"[^\"<>]*\")+>")
_EMPTY = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_NO_TEXT = bytes({*range(9), *range(0x0B, 0x20), 0x7F})  # the ASCII ones of these
_FOREIGN = re.compile(rf"[^\x00-\x7f]{{{MARKS + 1},}}")  # no tower stands anywhere else: marks are never ASCII
_BREAK = re.compile(r"[\u2028\u2029\x0b\x0c\x85]")
_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]]*(?=\s|$)|[。！？]")  # noqa: RUF001


def html_of(raw: str, base: str = "", longest: int = BODY) -> str:
    """Markup of which only TAGS are left, and of their attributes only http(s) addresses of links.

    base: what relative links are relative to. longest: characters of the result.
    """
    raw = _renamed(_legible(raw[:BODY]))
    if _depth(raw) > NESTED:
        raw = html.escape(plain(raw), quote=False)
    clean, room = _pass(raw, base), longest
    while len(clean) > longest:  # closing what was cut open makes it longer again
        clean, room = _pass(_cut(clean, room), base), room * 3 // 4
    return clean


def html_from_text(text: str, base: str = "", longest: int = BODY) -> str:
    """Plain text of several lines as markup: a paragraph for each block, a break for each line."""
    blocks = re.split(r"\n[ \t]*\n", _legible(text[:BODY]).strip())
    lines = (html.escape(block.strip(), quote=False).replace("\n", "<br>") for block in blocks)
    return html_of("".join(f"<p>{line}</p>" for line in lines if line), base, longest)


def plain(raw: str, longest: int = BODY) -> str:
    """The words of some markup, on one line. Nothing in it is a tag, whatever was escaped how often."""
    raw = _BLOCK.sub(" <", _renamed(_legible(raw[: 2 * BODY])))
    if _depth(raw) > NESTED:
        raw = _TAG.sub(" ", raw)
    bare = _OURS.sub("", raw) if "<" in raw else raw
    if "<" in bare:
        bare = nh3.clean(raw, tags=set(), clean_content_tags=_UNSEEN)
    return line(html.unescape(bare), longest)


def line(text: str, longest: int = BODY) -> str:
    """Plain text on one line, at most so many characters. What looks like a tag goes."""
    text = _legible(text[: 2 * BODY])
    while True:
        bare = _TAG.sub(" ", text)
        if bare == text:
            break
        text = bare
    text = " ".join(_OPENS.sub("< ", text).split())
    if not _is_visible(text):
        return ""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def first_sentence(body_html: str, longest: int = 300) -> str:
    """What cleaned markup says first, plain: whole sentences until it is worth reading."""
    words = plain(body_html)
    if len(words) <= longest:
        return words
    ends = [found.end() for found in _SENTENCE.finditer(words, 0, longest)]
    enough = [end for end in ends if end >= longest // 4] or ends[-1:]
    if enough:
        return words[: enough[0]]
    return words[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def token(text: str) -> str | None:
    """What a feed calls a thing: kept as it is, for it is compared and never shown."""
    text = _legible(text).strip()
    if len(text) <= GUID:
        return text or None
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def language(said: object) -> str | None:
    """A language as BCP 47 writes it, or None for what does not look like one."""
    if not isinstance(said, str) or len(said) > 35:
        return None
    parts = said.strip().replace("_", "-").split("-")
    fit = all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts)
    return "-".join(parts) if fit and parts[0].isalpha() and len(parts[0]) >= 2 else None


def _renamed(raw: str) -> str:
    return _RENAMED.sub(lambda found: f"<{found[1]}{_SAME[found[2].lower()]}", raw)


def _pass(raw: str, base: str) -> str:
    def allowed(tag: str, name: str, value: str) -> str | None:
        # what nh3 itself adds passes through here, too
        return REL if name == "rel" else address(value, base) if name == "href" else None

    clean = nh3.clean(
        raw,
        tags=set(TAGS),
        attributes={"a": {"href"}},
        clean_content_tags=_UNSEEN,
        attribute_filter=allowed,
        url_schemes={"http", "https"},
        link_rel=REL,
        strip_comments=True,
    )
    return _EMPTY.sub("", clean).strip()


def _cut(clean: str, length: int) -> str:
    """The head of some cleaned markup, cut neither within a tag nor within an entity."""
    head = clean[:length]
    if head.rfind("<") > head.rfind(">"):
        head = head[: head.rfind("<")]
    amp = head.rfind("&", max(0, len(head) - 10))
    return head[:amp] if amp >= 0 and ";" not in head[amp:] else head


def _depth(raw: str) -> int:
    """How deep elements stand in each other at most, if each end tag ends what bears its name; or 0."""
    if raw.count("<") <= NESTED:
        return 0
    deepest = depth = 0
    open_now: Counter[str] = Counter()
    for found in _TAG.finditer(raw):
        name = found[2].lower()
        if not found[1] and name not in _FLAT:
            open_now[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif found[1] and open_now[name]:
            open_now[name] -= 1
            depth -= 1
    return deepest


def _legible(text: str) -> str:
    """Text without control characters, half characters, and towers of combining marks."""
    if text.isascii() and len(text.encode().translate(None, _NO_TEXT)) == len(text):
        return text
    text = _CONTROL.sub("", _BREAK.sub("\n", text.replace("\r\n", "\n").replace("\r", "\n")))
    return text if text.isascii() else _FOREIGN.sub(_without_towers, text)


def _without_towers(found: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in found[0]:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= MARKS:
            kept.append(character)
    return "".join(kept)


def _is_visible(text: str) -> bool:
    blank = "\u115f\u1160\u2800\u3164\uffa0"
    return any(unicodedata.category(one)[0] not in "CZM" and one not in blank for one in text)
