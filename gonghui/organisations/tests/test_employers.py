"""One employer is one row, whatever people write; two rows found to be one can be parted again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as uscc_number

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.models import TrailEntry
from gonghui.organisations import actions
from gonghui.organisations.actions.employers import clean_uscc
from gonghui.organisations.models import Employer, EmployerMerge, Organisation, Region
from gonghui.organisations.queries import canonical, find_employer, same_employer_ids

CLERK = Actor(kind="staff", account_id=7, name="经办人")
CODE = "91110000600037341L"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LINK = 0.92  # what the appeals room takes for certain


@pytest.fixture
def places(db: None) -> None:
    for code, name, level, parent in (
        ("520000", "贵州省", 1, None),
        ("520100", "贵阳市", 2, "520000"),
        ("520102", "南明区", 3, "520100"),
        ("520300", "遵义市", 2, "520000"),
        ("520302", "红花岗区", 3, "520300"),
    ):
        Region.objects.create(code=code, name=name, level=level, parent_id=parent, full_name=name, short_name=name)


@pytest.fixture
def builder(places: None) -> Employer:
    return actions.create_employer(
        CLERK, "贵阳星河建筑工程有限公司", uscc=CODE, aliases=("黔筑三公司",), region_id="520102", industry="建筑"
    )


def test_a_right_code_is_kept_without_blanks_and_in_capitals() -> None:
    assert clean_uscc(" 9111 0000 6000 37341l ") == CODE
    assert clean_uscc("") == ""


@pytest.mark.parametrize("code", ["91110000600037342L", "911100006000373411", "9111000060003734", "九一", "I" * 18])
def test_a_wrong_code_is_refused_with_advice(code: str) -> None:
    with pytest.raises(InvalidData) as refused:
        clean_uscc(code)
    assert "营业执照" in refused.value.errors["uscc"][0]


@given(st.integers(0, 17), st.sampled_from(ALPHABET))
def test_no_single_wrong_character_passes(position: int, letter: str) -> None:
    changed = CODE[:position] + letter + CODE[position + 1 :]
    assert uscc_number.is_valid(changed) == (changed == CODE)


@pytest.mark.parametrize("name", ["", "   ", "（）", "字" * 121])
def test_a_name_without_letters_or_too_long_is_refused(db: None, name: str) -> None:
    with pytest.raises(InvalidData):
        actions.create_employer(CLERK, name)


def test_a_code_belongs_to_one_employer(builder: Employer) -> None:
    with pytest.raises(InvalidData):
        actions.create_employer(CLERK, "别家有限公司", uscc=CODE)
    other = actions.create_employer(CLERK, "别家有限公司")
    with pytest.raises(InvalidData):
        actions.update_employer(CLERK, other, uscc=CODE)


@pytest.mark.parametrize(
    "written",
    [
        "贵阳星河建筑工程有限公司",
        "贵州省贵阳市星河建筑工程（集团）有限公司",
        "星河建筑工程有限责任公司",
        "星河建筑工程",
        "贵阳星河建筑工程有限公司花果园项目部",
        "黔筑三公司",
    ],
)
def test_spellings_of_one_name_find_it_beyond_doubt(builder: Employer, written: str) -> None:
    match = find_employer(written, region="520102")[0]
    assert match.employer == builder
    assert match.score >= LINK


@pytest.mark.parametrize("written", ["星河建筑", "贵阳星合建筑工程有限公司", "星河公司"])
def test_near_spellings_are_proposed(builder: Employer, written: str) -> None:
    assert find_employer(written, region="520102")[0].employer == builder


@pytest.mark.parametrize(
    "written", ["遵义星河建筑工程有限公司", "贵阳云岭建筑工程有限公司", "贵阳星河餐饮管理有限公司", "贵阳星河"]
)
def test_what_only_looks_alike_is_never_certain(builder: Employer, written: str) -> None:
    assert all(match.score < LINK for match in find_employer(written, region="520102"))


@pytest.mark.parametrize("written", ["", "（）", "公司", "有限公司", "绿水青山茶业", "😀", "%' OR 1=1 --"])
def test_what_names_nobody_finds_nobody(builder: Employer, written: str) -> None:
    assert find_employer(written) == []


def test_the_code_decides_before_the_name(builder: Employer) -> None:
    match = find_employer("完全不同的名称", uscc=CODE.lower())[0]
    assert (match.employer, match.score, match.why) == (builder, 1.0, "uscc")
    assert find_employer("完全不同的名称", uscc="91110000600037342L") == []


def test_two_employers_of_one_name_leave_a_doubt_until_the_place_tells(builder: Employer) -> None:
    twin = actions.create_employer(CLERK, "遵义星河建筑工程有限公司", region_id="520302")
    unsure = find_employer("星河建筑工程")
    assert {match.employer for match in unsure} == {builder, twin}
    assert all(match.score < LINK and match.why == "several" for match in unsure)
    by_region = find_employer("星河建筑工程", region="520302")
    assert (by_region[0].employer, by_region[0].score >= LINK, by_region[1].score < LINK) == (twin, True, True)
    by_name = find_employer("遵义星河建筑工程有限公司", region="520102")
    assert (by_name[0].employer, by_name[0].score >= LINK, by_name[1].score < LINK) == (twin, True, True)


def test_a_new_name_keeps_the_old_one_as_an_alias(builder: Employer) -> None:
    actions.update_employer(CLERK, builder, name="贵阳繁星营造有限公司")
    assert {match.employer for match in find_employer("星河建筑工程")} == {builder}
    match = find_employer("繁星营造")[0]
    assert (match.employer, match.why) == (builder, "name")
    entry = TrailEntry.objects.filter(stream=f"employer:{builder.pk}").latest("seq")
    assert (entry.before["employer"], entry.after["employer"]) == ("贵阳星河建筑工程有限公司", "贵阳繁星营造有限公司")


def test_saving_what_is_there_already_writes_nothing(builder: Employer) -> None:
    entries = TrailEntry.objects.count()
    actions.update_employer(CLERK, builder, name=builder.name, industry="建筑")
    actions.add_alias(CLERK, builder, "黔筑三公司")
    assert TrailEntry.objects.count() == entries


def test_an_unknown_field_is_a_mistake_of_the_caller(builder: Employer) -> None:
    with pytest.raises(KeyError):
        actions.update_employer(CLERK, builder, merged_into=None)


def state(employer: Employer) -> dict[str, Any]:
    """Everything a merge may touch."""
    row = Employer.objects.get(pk=employer.pk)
    return {
        "uscc": row.uscc,
        "union": row.union_id,
        "merged_into": row.merged_into_id,
        "aliases": sorted(row.aliases.values_list("name", flat=True)),
        "grams": sorted(row.grams.values_list("gram", flat=True)),
    }


@pytest.fixture
def union(places: None) -> Organisation:
    return Organisation.objects.create(path="cn.52.5201.520102.e1", name="星河工会", level="grassroots")


@pytest.fixture
def doubled(union: Organisation) -> tuple[Employer, Employer]:
    kept = actions.create_employer(CLERK, "星河公司", aliases=("星河",), region_id="520102")
    gone = actions.create_employer(
        CLERK, "贵阳星河建筑工程有限公司", uscc=CODE, aliases=("黔筑三公司", "星河"), region_id="520102", union=union
    )
    return kept, gone


def test_merging_gathers_names_code_and_union(doubled: tuple[Employer, Employer], union: Organisation) -> None:
    kept, gone = doubled
    actions.merge_employers(CLERK, kept, gone)
    now = state(kept)
    assert (now["uscc"], now["union"]) == (CODE, union.pk)
    assert now["aliases"] == sorted(["星河", "贵阳星河建筑工程有限公司", "黔筑三公司"])
    for written in ("贵阳星河建筑工程有限公司", "黔筑三公司"):
        assert [match.employer for match in find_employer(written)] == [kept]
    assert find_employer("", uscc=CODE)[0].employer == kept
    assert sorted(same_employer_ids(gone)) == sorted([kept.pk, gone.pk])


def test_undoing_a_merge_restores_both_exactly(doubled: tuple[Employer, Employer]) -> None:
    before = [state(row) for row in doubled]
    merge = actions.merge_employers(CLERK, *doubled)
    assert [state(row) for row in doubled] != before
    actions.undo_merge(CLERK, merge)
    assert [state(row) for row in doubled] == before
    verbs = list(TrailEntry.objects.filter(stream=f"employer:{doubled[1].pk}").values_list("verb", flat=True))
    assert verbs == ["create", "merged_away", "undo_merge"]
    assert trail.verify(f"employer:{doubled[0].pk}").ok


def test_undoing_keeps_what_people_changed_since(doubled: tuple[Employer, Employer]) -> None:
    kept, gone = doubled
    merge = actions.merge_employers(CLERK, kept, gone)
    actions.add_alias(CLERK, kept, "后来的简称")
    actions.update_employer(CLERK, kept, uscc="", union=None)
    actions.undo_merge(CLERK, merge)
    assert state(kept)["aliases"] == sorted(["后来的简称", "星河"])
    assert state(gone)["uscc"] == CODE


def test_a_merge_is_undone_once_and_in_order(doubled: tuple[Employer, Employer]) -> None:
    kept, gone = doubled
    third = actions.create_employer(CLERK, "星河建工")
    first = actions.merge_employers(CLERK, kept, gone)
    second = actions.merge_employers(CLERK, third, kept)
    assert canonical(Employer.objects.get(pk=gone.pk)) == third
    assert [match.employer for match in find_employer("黔筑三公司")] == [third]
    assert sorted(same_employer_ids(gone)) == sorted([kept.pk, gone.pk, third.pk])
    with pytest.raises(KernelError, match="先撤销"):
        actions.undo_merge(CLERK, first)
    actions.undo_merge(CLERK, second)
    actions.undo_merge(CLERK, first)
    with pytest.raises(KernelError, match="已经撤销"):
        actions.undo_merge(CLERK, first)


def test_a_code_given_away_meanwhile_forbids_the_undoing(doubled: tuple[Employer, Employer]) -> None:
    kept, gone = doubled
    merge = actions.merge_employers(CLERK, kept, gone)
    actions.update_employer(CLERK, kept, uscc="")
    actions.create_employer(CLERK, "另一家", uscc=CODE)
    with pytest.raises(KernelError, match="核对"):
        actions.undo_merge(CLERK, merge)
    assert EmployerMerge.objects.get(pk=merge.pk).undone_at is None
    assert state(gone)["merged_into"] == kept.pk


def test_what_cannot_be_one_employer_is_not_merged(doubled: tuple[Employer, Employer]) -> None:
    kept, gone = doubled
    other = actions.create_employer(CLERK, "别家有限公司", uscc="91350100M000100Y43")
    for pair in ((kept, kept), (gone, other)):
        with pytest.raises(KernelError):
            actions.merge_employers(CLERK, *pair)
    actions.merge_employers(CLERK, kept, gone)
    with pytest.raises(KernelError, match="已经合并"):
        actions.merge_employers(CLERK, other, gone)
