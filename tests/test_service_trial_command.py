"""`gonghui services try` as `docs/add-a-service.md` has it: a file is walked through, and nothing of it stays."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gonghui import cli
from gonghui.appeals.tests.support import House
from gonghui.kernel.models import Matter
from gonghui.services import actions
from gonghui.services.catalogue import FOLDER
from gonghui.services.tests.support import KIT, goods, worker

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


@pytest.mark.django_db(transaction=True)
def test_a_service_of_the_catalogue_is_tried_by_its_id() -> None:
    House.build()
    done = CliRunner().invoke(cli.registered(), ["services", "try", "M11", "--region", "520102"])
    assert done.exit_code == 0 and "走完了" in done.output and "抽签编号" in done.output, done.output
    room = CliRunner().invoke(cli.registered(), ["services", "try", "M05", "--region", "520102"])
    assert room.exit_code == 0 and "不在这里办" in room.output
    nothing = CliRunner().invoke(cli.registered(), ["services", "try", "M99", "--region", "520102"])
    assert nothing.exit_code == 2 and "M99" in nothing.output
    assert not Matter.objects.exists()


def test_the_layers_of_a_place_are_shown() -> None:
    done = CliRunner().invoke(cli.registered(), ["services", "show", "M04", "--region", "520102"])
    assert done.exit_code == 0 and "result.keep_days: 30 → 45  (regions/52/M04.yaml:3)" in done.output
    told = json.loads(CliRunner().invoke(cli.registered(), ["services", "show", "M04", "--json"]).output)
    assert told["kind"] == "services.M04.1" and told["values"] == [] and len(told["layers"]) == 1
    for wrong in (["M99"], ["M04", "--day", "tomorrow"]):
        assert CliRunner().invoke(cli.registered(), ["services", "show", *wrong]).exit_code == 2


@pytest.mark.django_db(transaction=True)
def test_a_deployment_is_told_what_becomes_of_applications_under_way(tmp_path: Path) -> None:
    House.build()
    goods(3)
    actions.apply(worker(), actions.service_for("M04", "520102"), KIT)
    shutil.copytree(FOLDER, tmp_path / "catalogue")
    check = ["services", "check", str(tmp_path / "catalogue"), "--running"]
    done = CliRunner().invoke(cli.registered(), check)
    assert done.exit_code == 0 and "改了没升版本" not in done.output, done.output
    layer = tmp_path / "catalogue" / "regions" / "52" / "M04.yaml"
    layer.write_text(layer.read_text(encoding="utf-8").replace("45", "50"), encoding="utf-8")
    changed = CliRunner().invoke(cli.registered(), check)
    assert changed.exit_code == 0 and "services.M04.1-52  在办 / open: 1" in changed.output
    layer.unlink()
    gone = CliRunner().invoke(cli.registered(), check)
    assert gone.exit_code == 2 and "services.M04.1-52" in gone.output
