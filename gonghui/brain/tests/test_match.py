"""Conditions of eligibility, and companies' needs. The services' own catalogue is tested in its room."""

from __future__ import annotations

import pytest

from gonghui.brain.match import Candidate, Candidates, Condition, Need, match_need

WELDER = Candidate("w", "expert", "厚板焊接变形控制", ("焊接",), "52/5201/520102", hours_left=10, solved=4, asked=5)
POOL = Candidates(
    [
        WELDER,
        Candidate("w2", "expert", "厚板焊接变形控制", ("焊接",), "44/4403/440309", hours_left=0),
        Candidate("p", "technology", "注塑模具冷却水路优化", ("模具",), signs=False),
        Candidate("c", "result", "混凝土裂缝控制", ("建筑",)),
    ]
)


def test_a_companys_need_finds_the_craftsman_and_says_why() -> None:
    found = match_need(Need("1", "钢梁焊完总是弯", ("焊接",), "52/5201/520102", hours=4), POOL)
    assert found[0].candidate == WELDER
    assert found[0].why == ("同类：焊接", "解决过4件（共5件）", "就在本地")
    assert next(m for m in found if m.candidate.id == "w2").against == ("本月可用时间不够",)
    assert found[-1].against


def test_limits_of_place_and_secrecy_put_aside() -> None:
    need = Need("1", "注塑件冷却慢", ("模具",), "52/5201/520102", remote=False, hours=0, secret=True)
    against = {m.candidate.id: m.against for m in match_need(need, POOL)}
    assert against["p"] == ("不签保密承诺",)
    assert "要到现场，不在同省" in against["w2"]
    assert match_need(Need("2", ""), POOL) == []
    assert match_need(need, Candidates([])) == []


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"fact": "height", "at_least": 1}, "no fact height"),
        ({"fact": "age"}, "give at_least"),
        ({"fact": "age", "is": True}, "another kind"),
        ({"fact": "member", "one_of": ["x"]}, "another kind"),
        ({"fact": "age", "at_least": 1, "is": True}, "give at_least"),
    ],
)
def test_a_wrong_condition_is_refused(change: dict[str, object], cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        Condition.model_validate({"mark": "V", "zh": "x", "en": "x", **change})
