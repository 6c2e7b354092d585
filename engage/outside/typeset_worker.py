"""The process that sets type: run as `python -m engage.outside.typeset_worker FOLDER`, the folder of the papers.

It reads our own sources and faces before the first order and can open no file after that. What Typst brings along
for other scripts (Greek, Cyrillic, Hebrew, Arabic) stands in where ours have no letter; where none has, a box is set.
"""

import base64
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engage.outside import cage_worker, confine, qr

# pages come first where there is little to share
NICE = 5
FACES = (
    ("Young Serif", 400),
    ("Atkinson Hyperlegible Next", 400),
    ("Atkinson Hyperlegible Next", 600),
    ("Andika", 400),
    ("Andika", 700),
)
# what every paper begins with
FIRST = "parts"


class Papers:
    """The sources of the papers, and the faces that they are set in."""

    def __init__(self, folder: Path) -> None:
        # it makes a thread for each processor, and each asks for room; one order at a time needs one
        os.putenv("RAYON_NUM_THREADS", "1")
        import typst

        sources = {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.typ"))}
        first = sources.pop(FIRST)
        self.sources = {name: f"{first}\n{text}".encode() for name, text in sources.items()}
        self.fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder / "fonts")]
        )
        known = {(font.family, font.weight) for font in self.fonts.fonts()}
        if missing := [face for face in FACES if face not in known]:
            raise LookupError(f"no face {missing}")
        # an empty document; a source could name files of this folder only, and from the first order on none at all
        self.compiler = typst.Compiler(b"", root=str(folder / "fonts"), font_paths=self.fonts, ignore_system_fonts=True)

    def typeset(self, body: bytes, options: Mapping[str, Any]) -> Any:
        """The paper that the options name, with the JSON in the body as its data."""
        set_ = self.compiler.compile(
            input=self.sources[options["paper"]],
            format=options["kind"],
            ppi=options["ppi"] if options["kind"] == "png" else None,
            sys_inputs={"data": body.decode()},
            timestamp=options["at"],
        )
        page = set_[0] if isinstance(set_, list) else set_
        return {"kind": options["kind"], "body": base64.b64encode(page or b"").decode("ascii")}

    def warm_up(self) -> None:
        """Set a word in each face, since a face is read when it is first used."""
        words = "".join(f'#text(font: "{family}", weight: {weight})[Aa]' for family, weight in FACES)
        for kind in ("pdf", "png"):
            self.compiler.compile(input=words.encode(), format=kind)


def codes(body: bytes, options: Mapping[str, Any]) -> Any:
    """The codes of the addresses in the body, as drawings."""
    return [qr.code(address, options["level"]) for address in json.loads(body)]


def main() -> None:
    """Set what is ordered until there is no more.

    Unlike the parsers it works itself, not by copies: Typst's own thread would not be in a copy, which would wait for
    it for ever. Its memory stays level, and after LIFE_SECONDS of work the system ends it.
    """
    asking, answering = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing that prints may garble the answers
    os.nice(NICE)
    papers = Papers(Path(sys.argv[1]))
    papers.warm_up()
    codes(b'["https://example.com/"]', {"level": "m"})
    jobs = {"typeset": papers.typeset, "codes": codes}
    confine.shut_in()
    while lengths := asking.read(cage_worker.REQUEST.size):
        of_head, of_body = cage_worker.REQUEST.unpack(lengths)
        head, body = asking.read(of_head), asking.read(of_body)
        confine.begin_piece(cage_worker.LIFE_SECONDS)
        said, _ = cage_worker.answer(jobs, head, body)
        text = json.dumps(said).encode()
        answering.write(cage_worker.ANSWER.pack(len(text)) + text)
        answering.flush()


if __name__ == "__main__":
    main()
