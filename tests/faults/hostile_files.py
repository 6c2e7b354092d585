"""Files that mean harm, each by the word of SAFETY.md, U2, that it stands for."""

import gzip
import io
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache

MIB = 2**20
# zeros that deflate packs into some 40 KB
MANY = 41_000_000
PLAIN = b"Title,Author\nOwl Moon,Jane Yolen\n"
LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
LINK = 0o120777 << 16
SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CELLS = '<row r="1"><c r="A1" t="inlineStr"><is><t>Title</t></is></c></row>'
WORKBOOK = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATED}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets>'
    "</workbook>",
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{RELATED}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    SHEET: f"<worksheet {MAIN}><sheetData>{CELLS}</sheetData></worksheet>",
}


def zipped(members: Mapping[str, str | bytes], link: bool = False) -> bytes:
    """An archive. link: its members are links to what they hold."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = LINK if link else 0o600 << 16
            archive.writestr(member, body)
    return out.getvalue()


def taped(name: str, body: bytes = PLAIN, to: str = "") -> bytes:
    """A tape archive of one file, or of a link to a place."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = 0 if to else len(body)
        if to:
            member.type, member.linkname = tarfile.SYMTYPE, to
        archive.addfile(member, None if to else io.BytesIO(body))
    return out.getvalue()


def workbook(**parts: str | bytes) -> bytes:
    """A workbook, with parts of it put in or replaced; two underscores stand for a slash, one for a dot."""
    more = {name.replace("__", "/").replace("_", "."): body for name, body in parts.items()}
    return zipped(WORKBOOK | more)


def sheet(inside: str, before: str = "") -> bytes:
    """A workbook whose sheet holds this."""
    return zipped(WORKBOOK | {SHEET: f'<?xml version="1.0"?>{before}<worksheet {MAIN}>{inside}</worksheet>'})


@cache
def zeros(number: int, bits: int) -> bytes:
    """So many zeros, packed. bits: zlib's kind of packing."""
    engine = zlib.compressobj(9, wbits=bits)
    return engine.compress(bytes(number)) + engine.flush()


def overlapping(number: int = 100, said: int = MANY) -> bytes:
    """An archive of 42 KB whose members are all one and the same: 4 GB. said: bytes that each declares."""
    body = zeros(31_000_000, -15) if number > 100 else zeros(MANY - 4_000_000, -15)
    size, check = (said, zlib.crc32(b""))
    local = LOCAL.pack(b"PK\x03\x04", 20, 0, 8, 0, 0, check, len(body), size, 1, 0) + b"a" + body
    entry = CENTRAL.pack(b"PK\x01\x02", 20, 20, 0, 8, 0, 0, check, len(body), size, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * number
    return local + directory + END.pack(b"PK\x05\x06", 0, 0, number, number, len(directory), len(local), 0)


def declaring(packed: bytes, size: int) -> bytes:
    """A gzip file that says that so many bytes are in it."""
    return packed[:-4] + struct.pack("<I", size)


@cache
def large() -> bytes:
    """51 MiB of a table in one of 1 MiB, so that neither ratio nor size of the upload gives it away."""
    chance = random.Random(3)
    block = chance.randbytes(900).hex().encode()[:1_800] + b"," * 60_000 + b"\n"
    return gzip.compress(block * (51 * MIB // len(block) + 1), 6)


def encrypted() -> bytes:
    """An archive whose member says that it needs a password."""
    body = bytearray(zipped({"books.csv": PLAIN}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(mark) + place] |= 1
    return bytes(body)


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///x">]>'
LEAVING = f'<externalLink {MAIN} xmlns:r="{RELATED}"><externalBook r:id="r1"/></externalLink>'
TO = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    f'Type="{RELATED}/externalLinkPath" Target="http://127.0.0.2/x" TargetMode="External"/></Relationships>'
)
STRINGS = f'<sst {MAIN} count="9" uniqueCount="1"><si><t>{"A" * 30_000_000}</t></si></sst>'
WIDE = '<dimension ref="A1:XFD1000000"/><sheetData><row r="1000000"><c r="XFD1000000"><v>1</v></c></row></sheetData>'

# the name under which each is sent, and how it is made
FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "42 KB zip of 4 GB": ("books.zip", lambda: overlapping(110)),
    "42 KB zip of 4 GB that declares 1 KB": ("books.csv", lambda: overlapping(110, 10)),
    "42 KB gzip of 41 MB by its own word": ("books.csv.gz", lambda: zeros(MANY, 31)),
    "42 KB gzip of 41 MB that declares 1 KB": ("books.csv.gz", lambda: declaring(zeros(MANY, 31), 1_000)),
    "gzip of 51 MiB by its own word": ("books.csv.gz", large),
    "gzip of 51 MiB that declares 1 KB": ("books.csv.gz", lambda: declaring(large(), 1_000)),
    "10,000 members, zip": ("books.zip", lambda: zipped({f"{number}.csv": b"" for number in range(10_000)})),
    "10,000 members, gzip": ("books.csv.gz", lambda: gzip.compress(PLAIN) * 10_000),
    "101 members, gzip": ("books.csv.gz", lambda: gzip.compress(PLAIN) * 101),
    "100,000 empty members, gzip": ("books.csv.gz", lambda: gzip.compress(PLAIN) + gzip.compress(b"") * 100_000),
    "nested, zip in zip": ("books.zip", lambda: zipped({"a.zip": zipped({"b.zip": overlapping()})})),
    "nested, zip in gzip": ("books.csv.gz", lambda: gzip.compress(zipped({"books.csv": PLAIN}))),
    "nested, gzip in gzip of 4 GB": ("books.csv.gz", lambda: gzip.compress(zeros(MANY, 31) * 100)),
    "names with ../": ("books.zip", lambda: zipped({"../../../../tmp/evil.csv": PLAIN, "/etc/evil.csv": PLAIN})),
    "names with ../, tape": ("books.tar", lambda: taped("../../../../tmp/evil.csv")),
    "names with drive letters": ("books.zip", lambda: zipped({"C:\\evil.csv": PLAIN, "\\\\host\\evil.csv": PLAIN})),
    "symlinks": ("books.zip", lambda: zipped({"books.csv": b"/etc/passwd"}, link=True)),
    "symlinks, tape": ("books.tar", lambda: taped("books.csv", to="/etc/passwd")),
    "symlinks, packed tape": ("books.tar.gz", lambda: gzip.compress(taped("books.csv", to="/etc/passwd"))),
    "encrypted zip": ("books.zip", encrypted),
    "encrypted workbook": ("books.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)),
    "wrong magic, a zip as a table": ("books.csv", lambda: zipped({"books.csv": PLAIN})),
    # the byte that ends a MARC record stands in nearly every archive
    "wrong magic, a zip as MARC": ("books.mrc", lambda: zipped({"a": PLAIN + b"\x1d"}) + b"\x1d\x1e\x1f"),
    "wrong magic, a picture": ("books.csv", lambda: b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(4_000)),
    "wrong magic, a program": ("books.csv", lambda: b"\x7fELF" + random.Random(2).randbytes(4_000)),
    "wrong magic, noise": ("books.mrc", lambda: b"T" + random.Random(4).randbytes(40_000)),
    "wrong magic, zstd": ("books.csv", lambda: b"\x28\xb5\x2f\xfd" + random.Random(5).randbytes(4_000)),
    "XLSX with DTD": ("books.xlsx", lambda: sheet("<sheetData>&b;&c;</sheetData>", ENTITIES)),
    "XLSX of 10^6 x 16,384": ("books.xlsx", lambda: sheet(WIDE)),
    "shared-string bomb": ("books.xlsx", lambda: workbook(xl__sharedStrings_xml=STRINGS)),
    "external links": (
        "books.xlsx",
        lambda: zipped(
            WORKBOOK
            | {"xl/externalLinks/externalLink1.xml": LEAVING, "xl/externalLinks/_rels/externalLink1.xml.rels": TO}
        ),
    ),
    "macros": ("books.xlsm", lambda: zipped(WORKBOOK | {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(500)})),
    "a harmless workbook, too": ("books.xlsx", lambda: zipped(WORKBOOK)),
}


@cache
def file(word: str) -> tuple[str, bytes]:
    """The name and the bytes of one of them."""
    name, made = FILES[word]
    return name, made()
