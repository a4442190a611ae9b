"""`docs/add-a-service.md` is done as it is written: the service starts, a province differs, one umbrella is given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gonghui.appeals.tests.support import House
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.services import actions, catalogue
from gonghui.services.models import Stock
from gonghui.services.tests.support import ID_NUMBERS, worker

PAGE = Path(__file__).resolve().parents[3] / "docs" / "add-a-service.md"


@pytest.fixture
def written(tmp_path: Path) -> Iterator[catalogue.Catalogue]:
    national, local = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    folder = tmp_path / "catalogue"
    (folder / "regions" / "52").mkdir(parents=True)
    (folder / "M29.yaml").write_text(national, encoding="utf-8")
    (folder / "regions" / "52" / "M29.yaml").write_text(local, encoding="utf-8")
    found = catalogue.read(folder)
    with catalogue.tried(found):
        yield found


@pytest.mark.django_db
def test_the_page_works_as_written(house: House, written: catalogue.Catalogue) -> None:
    Stock.objects.create(
        service="M29", organisation=Organisation.objects.get(path="cn.52.5201.520102"), item="雨伞", year=today().year,
        total=1,
    )  # fmt: skip
    service = actions.service_for("M29", "520102")
    assert (service.result.keep_days, service.field("to_day").required) == (30, False)
    values: dict[str, Any] = {
        "name": "王小明", "id_no": ID_NUMBERS[0], "region": "520102", "from_day": today().isoformat(),
    }  # fmt: skip
    with pytest.raises(InvalidData, match=r"1") as refusal:
        actions.apply(worker(1), service, {**values, "to_day": (today() - timedelta(days=1)).isoformat()})
    assert refusal.value.errors == {"to_day": ["结束不能早于开始"]}
    matter = actions.apply(worker(2), service, values).matter
    assert matter.kind == "services.M29.1-52" and Stock.objects.get().promised == 1
