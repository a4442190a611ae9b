"""The room's numbers, read once from `data/*.yaml`: each with its mark (V statute, P product default, S secondary)."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

from pydantic import Field

from gonghui import yamls
from gonghui.kernel.flow.schema import Strict, Text

FOLDER = Path(__file__).parent / "data"


class Asset(Text):
    """不予建档的情形: what usually rules out a file; a person decides."""

    code: str
    mark: str


class Category(Text):
    """救助类别 with its ceilings in yuan."""

    code: str
    once: Decimal
    month: Decimal
    year: Decimal
    mark: str


class Least(Strict):
    least: int
    mark: str


class Number(Strict):
    value: int
    mark: str


class Hardship(Strict):
    """`data/hardship.yaml`."""

    assets: tuple[Asset, ...]
    sudden: frozenset[str]
    visitors: Least
    categories: tuple[Category, ...] = Field(min_length=1)
    months_most: Number
    conflicts: dict[str, tuple[str, ...]]

    def category(self, code: str) -> Category:
        """KeyError for an unknown one."""
        for one in self.categories:
            if one.code == code:
                return one
        raise KeyError(code)


@cache
def hardship() -> Hardship:
    return Hardship.model_validate(yamls.read((FOLDER / "hardship.yaml").read_bytes()))


class Season(Text):
    code: str
    mark: str


class Target(Text):
    """对象类别 of a campaign."""

    code: str
    mark: str


class Sample(Strict):
    percent: int
    mark: str


class Campaigns(Strict):
    """`data/campaigns.yaml`."""

    seasons: tuple[Season, ...]
    targets: tuple[Target, ...]
    sample: Sample
    list_most: Number

    def target(self, code: str) -> str:
        """Its name; the code of one that is no longer there."""
        return next((str(one) for one in self.targets if one.code == code), code)


@cache
def campaigns() -> Campaigns:
    return Campaigns.model_validate(yamls.read((FOLDER / "campaigns.yaml").read_bytes()))


class Group(Text):
    """优先对象 of the rest cures: more points go first."""

    code: str
    points: int
    mark: str


class Trips(Strict):
    """`data/trips.yaml`."""

    priority: tuple[Group, ...]
    again_years: Number

    def group(self, code: str) -> Group | None:
        return next((one for one in self.priority if one.code == code), None)


@cache
def trips() -> Trips:
    return Trips.model_validate(yamls.read((FOLDER / "trips.yaml").read_bytes()))


class Mutual(Strict):
    """`data/mutual.yaml`."""

    report_days: Number


@cache
def mutual() -> Mutual:
    return Mutual.model_validate(yamls.read((FOLDER / "mutual.yaml").read_bytes()))
