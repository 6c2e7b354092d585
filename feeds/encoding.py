"""Turns the bytes of a document into text, whatever it says about its own encoding."""

import codecs
import re
from collections.abc import Mapping

_MARKS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
# how "<?xm" or "<x" begins where characters are wider than a byte
_SHAPES = (
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(r"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:+-]{1,40})[\"']", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE)
# what is declared too narrowly, by habit, and the wider one that never reads it otherwise
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252"}
# codecs that are no encoding of documents; punycode takes time that grows with the square of the length
_NEVER = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined", "mbcs", "oem"}


def header(headers: Mapping[str, str], name: str) -> str:
    """A header of an answer, whatever the case of its name; empty if there is none."""
    return next((value for key, value in headers.items() if key.lower() == name), "")


def text_of(body: bytes, headers: Mapping[str, str]) -> str:
    """The document as text. Never fails: what cannot be decoded becomes replacement characters.

    The order is that of RFC 7303: byte order mark, header, declaration; then what fits.
    """
    marked = next((name for mark, name in _MARKS if body.startswith(mark)), "")
    shaped = next((name for shape, name in _SHAPES if body.startswith(shape)), "")
    told = _CHARSET.search(header(headers, "content-type"))
    for name in (marked, told and told[1], _declared(body, marked or shaped), shaped, "utf-8", "cp1252"):
        text = _decoded(body, name) if name else None
        if text is not None:
            return text.removeprefix("\ufeff")
    return body.decode("utf-8", "replace").removeprefix("\ufeff")


def _declared(body: bytes, shaped: str) -> str:
    head = body[:1024].decode(shaped or "latin-1", "ignore")
    found = _DECLARED.search(head)
    if found:
        return shaped if shaped and _codec(found[1]).startswith(("utf-16", "utf-32")) else found[1]
    meta = _META.search(body[:2048])
    return meta[1].decode("ascii", "ignore") if meta else ""


def _decoded(body: bytes, name: str) -> str | None:
    found = _codec(name)
    if found in ("utf-16", "utf-32") and not body.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        found = found + "-le"
    # what is called Latin and happens to be valid UTF-8 is UTF-8 with a wrong label
    first = "utf-8" if found in ("iso8859-1", "cp1252", "ascii") else _WIDER.get(found, found)
    for one in (first, _WIDER.get(found, found), found):
        try:
            return body.decode(one) if one else None
        except (LookupError, ValueError):
            continue
    return None


def _codec(name: str) -> str:
    """The codec's own name, or nothing for what is no encoding of documents."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return "" if found.replace("_", "-") in _NEVER else found
