"""法律名称: how the laws that people name are called; `data/laws.yaml` is the only list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from gonghui.brain.lexicon import load_yaml


@dataclass(frozen=True, slots=True)
class NamedLaw:
    """title: the full one. names: short forms that mean no other law anywhere; marks: abbreviations for citations."""

    title: str
    names: tuple[str, ...]
    marks: tuple[str, ...]

    @property
    def called(self) -> tuple[str, ...]:
        """All short forms, for places where a citation is expected."""
        return (*self.names, *self.marks)


@cache
def named_laws() -> tuple[NamedLaw, ...]:
    """The packaged list."""
    return laws_from(load_yaml("laws.yaml"))


def laws_from(rows: Mapping[str, Mapping[str, Sequence[str]]]) -> tuple[NamedLaw, ...]:
    """The laws from the form of the YAML file. Raises ValueError where one name would mean two laws."""
    laws = tuple(
        NamedLaw(title, tuple(row.get("names", ())), tuple(row.get("marks", ()))) for title, row in rows.items()
    )
    _titles(laws)
    return laws


def _titles(laws: Iterable[NamedLaw]) -> dict[str, str]:
    meant: dict[str, str] = {}
    for law in laws:
        for name in law.called:
            if meant.setdefault(name, law.title) != law.title:
                raise ValueError(f"laws.yaml: {name} names two laws")
    return meant


@cache
def titles_by_name() -> dict[str, str]:
    """Full title by every short form: 劳合 and 劳合法 are 中华人民共和国劳动合同法."""
    return _titles(named_laws())
