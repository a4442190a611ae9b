"""The main path: a message in, proposals out."""

from __future__ import annotations

import json
from datetime import datetime

from gonghui.brain import VERSION, understand


def test_a_construction_worker_is_understood() -> None:
    result = understand(
        "我在贵阳市南明区一个工地干了三年零四个月,包工头拖欠我们三十多人工资共计1万2,老板跑了,从去年底到现在没发。",
        time=datetime(2024, 11, 20),  # noqa: DTZ001 - naive means Chinese time
    )
    assert result.understood
    assert result.version == VERSION
    assert result.categories[0].code == "0108"
    assert [entity.value for entity in result.entities_of("place")] == ["520102"]
    assert [entity.value for entity in result.entities_of("money")] == ["12000"]
    assert [entity.value for entity in result.entities_of("duration")] == [40.0]
    assert [entity.value for entity in result.entities_of("people_count")] == [30]
    assert [entity.value for entity in result.entities_of("date")] == ["2023-12"]
    assert result.urgency.level == "P1"
    assert result.jurisdiction.rule == "work_place_county"
    assert result.jurisdiction.region_code == "520102"
    json.dumps(result.to_dict(), ensure_ascii=False)
