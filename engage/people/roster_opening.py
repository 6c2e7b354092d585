"""Opens a roster: a zip of tables or one table, judged by its directory and again while it is unpacked.

Of a zip only the tables with a name that is wanted are ever opened. Sources: SAFETY.md, U2; STANDARDS.md, 4.1.
"""

import io
import stat
import zipfile
import zlib
from collections.abc import Collection
from typing import BinaryIO

RATIO = 100
MEMBERS = 100
# what may be packed as well as nothing: a small file of zeros harms nobody
SMALL = 64 * 1024
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# what a browser or a command never needs to send, by first bytes
OTHERS = (
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook. Save the table in it as CSV, and choose that."),
    (b"%PDF", "This is a PDF. Ask for the same as CSV."),
    (b"\x1f\x8b", "This is packed with gzip. Pack the tables as zip, and choose that."),
    (b"7z\xbc\xaf", "This is an archive of another kind. Pack the tables as zip, and choose that."),
    (b"Rar!", "This is an archive of another kind. Pack the tables as zip, and choose that."),
    (b"\x89PNG", "This is a picture."),
    (b"\xff\xd8\xff", "This is a picture."),
    (b"\x7fELF", "This is a program."),
)
READ = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
PACKED = "The zip is packed in a way that we do not read. Unpack it, and pack the tables in the ordinary way."
SWELLS = "The zip unpacks to far more than it should."
WORKBOOK = "This is an Excel workbook. Save the table in it as CSV, and choose that."


class NoRoster(Exception):
    """The file is none that can be read, in one sentence."""


class Bundle:
    """The tables of a roster by their folded names, "" for a single one.

    Raises NoRoster. ignored: names of what is in it besides.
    """

    def __init__(self, file: BinaryIO, most: int, wanted: Collection[str]) -> None:
        self.file, self.most, self.given = file, most, 0
        self.members: dict[str, zipfile.ZipInfo] = {}
        self.ignored: list[str] = []
        first = file.read(8)
        file.seek(0)
        self.archive = self._judged(file, wanted) if first.startswith(ZIP) else None
        if self.archive is None:
            for magic, why in OTHERS:
                if first.startswith(magic):
                    raise NoRoster(why)

    def _judged(self, file: BinaryIO, wanted: Collection[str]) -> zipfile.ZipFile:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as exc:
            raise NoRoster("The zip is damaged.") from exc
        members = archive.infolist()
        if len(members) > MEMBERS:
            raise NoRoster(f"There are more than {MEMBERS} files in the zip.")
        if sum(each.file_size for each in members) > self.most:
            raise NoRoster(SWELLS)
        for each in members:
            self._check(each)
            name = each.filename.rsplit("/", 1)[-1]
            key = name.casefold().removesuffix(".csv")
            if each.is_dir() or name.startswith(".") or each.filename.startswith("__MACOSX/"):
                continue
            if name == "[Content_Types].xml":
                raise NoRoster(WORKBOOK)
            if not name.casefold().endswith(".csv") or key not in wanted:
                self.ignored.append(name[:60])
            elif key in self.members:
                raise NoRoster(f"There are two files {key}.csv in the zip.")
            else:
                self.members[key] = each
        return archive

    def _check(self, each: zipfile.ZipInfo) -> None:
        parts = each.filename.replace("\\", "/").split("/")
        if ".." in parts or not parts[0] or ":" in parts[0]:
            raise NoRoster("A file in the zip wants to lie outside of it.")
        if stat.S_ISLNK(each.external_attr >> 16):
            raise NoRoster("There is a link in the zip, and no file.")
        if each.flag_bits & 1:
            raise NoRoster("The zip has a password. Pack it without one.")
        if each.file_size > RATIO * max(each.compress_size, SMALL):
            raise NoRoster(SWELLS)

    def open(self, name: str) -> io.BufferedReader:
        """The bytes of one table, never more than the whole roster may have."""
        if self.archive is None:
            self.file.seek(0)
            return io.BufferedReader(_Counted(self, self.file, 0))
        member = self.members[name]
        if member.compress_type not in READ:
            raise NoRoster(PACKED)
        try:
            stream = self.archive.open(member)
        except (zipfile.BadZipFile, RuntimeError, OSError) as exc:
            raise NoRoster("The zip is damaged.") from exc
        return io.BufferedReader(_Counted(self, stream, RATIO * max(member.compress_size, SMALL)))


class _Counted(io.RawIOBase):
    """A stream that counts what it gives, against the roster's own limit and against its packed size (0: none)."""

    def __init__(self, of: Bundle, stream: object, most: int) -> None:
        self.of, self.stream, self.most, self.given = of, stream, most, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """The next bytes. Raises NoRoster."""
        try:
            data = self.stream.read(len(buffer))  # type: ignore[attr-defined]
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as exc:
            raise NoRoster("The zip is damaged.") from exc
        self.given += len(data)
        self.of.given += len(data)
        if self.of.given > self.of.most or (self.most and self.given > self.most):
            raise NoRoster(SWELLS)
        buffer[: len(data)] = data
        return len(data)
