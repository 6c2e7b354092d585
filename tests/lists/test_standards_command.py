"""`engage import case`: what an operator sees of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from engage.cli import main
from tests.data import shared
from tests.feeds.case_packages import SMALL, item


@pytest.mark.only("sqlite")
def test_a_framework_comes_in_by_command(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENGAGE_DATABASE_URL", database_url)
    run = CliRunner()

    def engage(*words: str) -> tuple[int, str]:
        done = run.invoke(main, list(words))
        return done.exit_code, done.output

    assert engage("create-school", "--name", "Alder Creek", "--slug", "alder-creek")[0] == 0
    to = ("--school", "alder-creek")
    real = str(shared("case/sbac_ela_g3_part1.json"))
    code, said = engage("import", "case", real, *to, "--dry-run")
    assert (code, "5 would be added, 0 would be changed" in said) == (0, True), said
    assert "5 added, 0 changed, 0 gone, 0 the same, 0 refused." in engage("import", "case", real, *to)[1]
    assert "0 added, 0 changed, 0 gone, 5 the same, 0 refused." in engage("import", "case", real, *to)[1]
    bad = {**SMALL, "CFItems": [*SMALL["CFItems"], {**item("none"), "fullStatement": "NA"}]}
    Path("bad.json").write_text(json.dumps(bad))
    code, said = engage("import", "case", "bad.json", *to)
    assert (code, "item 6: It has no statement." in said, "5 added" in said) == (1, True, True), said
    Path("none.json").write_text("[]")
    code, said = engage("import", "case", "none.json", *to)
    assert (code, "it is not a package of CASE" in said) == (2, True)
