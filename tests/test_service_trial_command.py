"""`gonghui services try` as `docs/add-a-service.md` has it: a file is walked through, and nothing of it stays."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gonghui import cli
from gonghui.appeals.tests.support import House
from gonghui.kernel.models import Matter

PAGE = Path(__file__).resolve().parents[1] / "docs" / "add-a-service.md"


@pytest.mark.django_db(transaction=True)
def test_it_is_tried_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    House.build()
    text = PAGE.read_text(encoding="utf-8")
    (tmp_path / "M29.yaml").write_text(re.findall(r"```yaml\n(.*?)```", text, re.S)[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    said = []
    for line in re.findall(r"```bash\n(.*?)```", text, re.S)[0].splitlines():
        done = CliRunner().invoke(cli.registered(), shlex.split(line)[1:])
        assert done.exit_code == 0, done.output
        said.append(done.output)
    assert "走完了" in said[0] and "南明区总工会" in said[0]
    assert json.loads(said[1])["steps"][0]["at"] == "2026-03-02 09:00"
    (tmp_path / "M29.yaml").write_text("id: M29\nversion: one\n", encoding="utf-8")
    wrong = CliRunner().invoke(cli.registered(), ["services", "try", "M29.yaml", "--region", "520102"])
    assert wrong.exit_code == 2 and "M29.yaml:" in wrong.output
    assert not Matter.objects.exists()
