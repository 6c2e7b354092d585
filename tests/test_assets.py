"""What pages bring along: one small script, style sheets in layers, fonts and icons with their licences."""

import re

import pytest

from engage.app import STATIC
from engage.web.assets import Assets

ASSETS = Assets(STATIC)


@pytest.mark.parametrize(
    ("name", "most"), [("engage.js", 6_000), ("search.js", 6_000), ("inbox.js", 8_000), ("bench.js", 13_900)]
)
def test_the_script_is_small_and_writes_no_markup(name, most):
    script = ASSETS.text(name)
    assert len(script.encode()) < most
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert word not in script


def test_the_style_sheets_keep_to_their_layers():
    for name in ("tokens.css", "engage.css", "staff.css", "paper.css"):
        text = re.sub(r"/\*.*?\*/", "", ASSETS.text(name), flags=re.DOTALL)
        assert "!important" not in text
        assert not re.search(r"(?<![&\w-])#[a-z][\w-]*\s*[,{]", text)
        outside = re.sub(r"@font-face\s*{[^}]*}", "", _outside_of_layers(text))
        assert re.sub(r"@layer [\w, ]+;", "", outside).strip() == ""
        for address in re.findall(r'url\("([^"]+)"\)', text):
            assert (STATIC / address).is_file()


def _outside_of_layers(text: str) -> str:
    left, depth, at = [], 0, 0
    for found in re.finditer(r"@layer \w+\s*{|[{}]", text):
        if depth == 0 and found[0].startswith("@layer"):
            left.append(text[at : found.start()])
            depth = 1
        elif depth:
            depth += 1 if found[0].endswith("{") else -1
            at = found.end() if depth == 0 else at
    return "".join([*left, text[at:]])


def test_every_font_and_the_icons_come_with_their_licence():
    for kind in ("andika", "atkinson-hyperlegible-next", "young-serif"):
        assert "sil open font license" in (STATIC / "fonts" / f"LICENSE-{kind}.txt").read_text().lower()
    assert "mit license" in (STATIC / "LICENSE-phosphor-icons.txt").read_text().lower()
