"""The whole country is there after one command, and running it again changes nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gonghui.kernel.models import TrailEntry
from gonghui.organisations import actions, build, queries
from gonghui.organisations.actions.seed import COUNTIES_WITHOUT_UNION
from gonghui.organisations.models import DutyShift, Employer, Organisation, Region

# Level-2 rows that only exist in the code table: 4 municipalities have one or two, 4 provinces have one.
MADE_UP_CITIES = 9
# 香港, 澳门 and 台湾 stand in the table without anything below.
PROVINCES_WITHOUT_UNION = 3


@pytest.fixture
def country(db: None) -> dict[str, int]:
    return actions.seed()


def test_the_packaged_list_is_the_whole_country() -> None:
    levels = Counter(row["level"] for row in build.read())
    assert levels == {"1": 34, "2": 342, "3": 2974, "4": 82}


def test_every_region_and_its_union_is_seeded(country: dict[str, int]) -> None:
    regions = Counter(Region.objects.values_list("level", flat=True))
    assert regions == {1: 34, 2: 342, 3: 2974, 4: 82}
    unions = Counter(Organisation.objects.values_list("level", flat=True))
    assert unions == {
        "national": 1,
        "province": 34 - PROVINCES_WITHOUT_UNION,
        "city": 342 - MADE_UP_CITIES,
        "county": 2974 - len(COUNTIES_WITHOUT_UNION),
    }
    assert country == {"regions": 3432, "organisations": sum(unions.values())}


def test_seeding_again_changes_nothing_and_keeps_what_people_edited(country: dict[str, int]) -> None:
    Organisation.objects.filter(path="cn.52").update(phone="0851-12351", name="贵州省总工会（改）")
    entries = TrailEntry.objects.count()
    assert actions.seed() == country
    kept = Organisation.objects.get(path="cn.52")
    assert (kept.phone, kept.name) == ("0851-12351", "贵州省总工会（改）")
    assert TrailEntry.objects.count() == entries


def test_names_paths_and_parents_are_those_of_the_tree(country: dict[str, int]) -> None:
    county = Organisation.objects.select_related("parent__parent__parent", "region").get(path="cn.52.5201.520102")
    assert county.name == "南明区总工会"
    assert county.region is not None
    assert county.region.full_name == "贵州省贵阳市南明区"
    chain = []
    above = county.parent
    while above is not None:
        chain.append(above.name)
        above = above.parent
    assert chain == ["贵阳市总工会", "贵州省总工会", "中华全国总工会"]


def test_a_district_of_a_municipality_stands_directly_under_its_province(country: dict[str, int]) -> None:
    district = Organisation.objects.select_related("parent").get(path="cn.11.1101.110101")
    assert district.parent is not None
    assert (district.name, district.parent.path) == ("东城区总工会", "cn.11")
    assert not Organisation.objects.filter(path="cn.11.1101").exists()
    assert queries.higher_path("cn.11.1101.110101") == "cn.11"


def test_no_union_bears_the_name_of_a_made_up_row(country: dict[str, int]) -> None:
    names = set(Organisation.objects.values_list("name", flat=True))
    assert not names & {"市辖区总工会", "县总工会", "台湾省总工会"}
    assert not [name for name in names if "直辖县级" in name or "管委会" in name]


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("520102", "cn.52.5201.520102"),
        ("520100", "cn.52.5201"),
        ("520000", "cn.52"),
        ("520102001", "cn.52.5201.520102"),
        ("441900003", "cn.44.4419"),
        ("110100", "cn.11"),
        ("110101", "cn.11.1101.110101"),
        ("460321", "cn.46.4603"),
        ("429004", "cn.42.4290.429004"),
    ],
)
def test_the_union_for_a_place_is_the_lowest_there_is(country: dict[str, int], code: str, path: str) -> None:
    found = queries.organisation_for_region(code)
    assert found is not None
    assert found.path == path


@pytest.mark.parametrize("code", ["", "000000", "710000", "nonsense"])
def test_no_place_has_no_union(country: dict[str, int], code: str) -> None:
    assert queries.organisation_for_region(code) is None


def test_a_closed_county_union_leaves_the_place_to_its_city(country: dict[str, int]) -> None:
    Organisation.objects.filter(path="cn.52.5201.520102").update(active=False)
    found = queries.organisation_for_region("520102")
    assert found is not None
    assert found.path == "cn.52.5201"


def test_the_demonstration_is_complete_and_safe_to_repeat(country: dict[str, int]) -> None:
    first = actions.seed_demo()
    counts = (Organisation.objects.count(), Employer.objects.count(), DutyShift.objects.count())
    assert actions.seed_demo() == first
    assert counts == (Organisation.objects.count(), Employer.objects.count(), DutyShift.objects.count())
    assert Employer.objects.filter(region__code__startswith="52").count() >= 30
    assert Employer.objects.filter(region__code__startswith="62").exists()
    assert Employer.objects.filter(union__isnull=False).count() >= 20
    overlaid = Organisation.objects.filter(overlay_parents__path="cn.52.5201.i-transport")
    assert {item.level for item in overlaid} == {"grassroots"}
    # No demonstration row may carry a number that could be somebody's.
    assert {shift.contact_phone for shift in DutyShift.objects.all()} == {"0851-12351", "0931-12351"}


def test_a_list_with_a_doubled_code_or_an_unknown_parent_is_refused(tmp_path: Path) -> None:
    source, target = tmp_path / "regions.csv", tmp_path / "out" / "regions.csv.gz"
    good = "code,name,level,parent\n520000,贵州省,1,\n520100,贵阳市,2,520000\n"
    source.write_text(good, encoding="utf-8")
    assert build.build(source, target) == 2
    assert [row["name"] for row in build.read(target)] == ["贵州省", "贵阳市"]
    for bad, message in (
        (good + "520100,贵阳市,2,520000\n", "twice"),
        (good + "520102,南明区,3,529900\n", "unknown parent"),
        (good + "520102,南明区,5,520100\n", "level"),
    ):
        source.write_text(bad, encoding="utf-8")
        with pytest.raises(ValueError, match=message):
            build.build(source, target)
