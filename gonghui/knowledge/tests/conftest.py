"""Editors of the country, of two provinces and of a county."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gonghui.kernel.actor import Actor
from gonghui.organisations.models import Organisation, Region
from gonghui.people.testing import staff_actor

PROVINCE, COUNTY, ABROAD = "cn.52", "cn.52.5201.520102", "cn.62"
Editors = Callable[..., Actor]


@pytest.fixture
def text() -> str:
    """The packaged file of a situation, as an editor finds it."""
    from gonghui.law.topics.library import packaged

    return packaged().packaged("R01")


def hire() -> Editors:
    """`editor("cn", 2)` is the second editor of the country, always the same one."""
    for code, name in (("520000", "贵州省"), ("620000", "甘肃省")):
        Region.objects.get_or_create(code=code, name=name, level=1, full_name=name, short_name=name[:-1])
    for path, name, level, region in (
        ("cn", "中华全国总工会", "national", None),
        (PROVINCE, "贵州省总工会", "province", "520000"),
        (ABROAD, "甘肃省总工会", "province", "620000"),
    ):
        Organisation.objects.get_or_create(path=path, name=name, level=level, region_id=region)
    return lambda path="cn", which=1: staff_actor(f"editor-{path}-{which}", "knowledge", path)


@pytest.fixture
def editor(db: None) -> Editors:
    return hire()
