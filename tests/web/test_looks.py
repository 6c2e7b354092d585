"""What templates ask of the style sheets is there: a distance or a kind that no sheet knows draws nothing."""

import re
from pathlib import Path

import engage
from engage.web.render import template_folder

LOGIC = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
KIND = re.compile(r"(?:m[a-z]|btn|cols|flash|hero|row|stack|tag)-[\w-]*\w|measure")


def test_every_distance_and_kind_that_a_template_names_is_in_a_style_sheet() -> None:
    sheets = (Path(engage.__file__).parent / "static").glob("*.css")
    known = set(re.findall(r"\.([a-z][\w-]*)", "\n".join(each.read_text(encoding="utf-8") for each in sheets)))
    unknown = {
        f"{name} in {template.name}"
        for template in template_folder().rglob("*.html")
        for named in re.findall(r'class="([^"]*)"', template.read_text(encoding="utf-8"))
        for name in LOGIC.sub(" ", named).split()
        if KIND.fullmatch(name) and name not in known
    }
    assert len(known) > 100
    assert not unknown
