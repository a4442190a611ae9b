"""全国统一状态: which national state each inner state of a flow counts as (handbook 4.2), by `national.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import model_validator

from gonghui.kernel.flow.load import read_yaml
from gonghui.kernel.flow.schema import State, Strict, Text

SOURCE = Path(__file__).parent / "national.yaml"
REFUSED = "refused"


class Table(Strict):
    """`usual`: the codes of inner states that count as a national one where their file says nothing."""

    states: dict[str, Text]
    usual: dict[str, tuple[str, ...]]

    @model_validator(mode="after")
    def _whole(self) -> Table:
        if unknown := set(self.usual) - set(self.states):
            raise ValueError(f"no national state: {', '.join(sorted(unknown))}")
        codes = [code for row in self.usual.values() for code in row]
        if len(codes) != len(set(codes)):
            raise ValueError("a code stands under two national states")
        return self


@cache
def table() -> Table:
    return Table.model_validate(read_yaml(SOURCE)[0])


@cache
def _by_code() -> dict[str, str]:
    return {code: name for name, codes in table().usual.items() for code in codes}


def usual(code: str, *, final: bool = False, side: bool = False) -> str:
    """What a state counts as where nothing is said of it; empty where that does not follow."""
    found = _by_code().get(code, "")
    if final:
        return REFUSED if found == REFUSED else "withdrawn" if side else "done"
    return "" if found == REFUSED else found


def of(code: str, said: Any) -> str:
    """What a state counts as, as its file holds it. ValueError says what is missing or wrong."""
    spec: Mapping[str, Any] = said if isinstance(said, dict) else {}
    chosen = spec.get("national") or usual(code, final=bool(spec.get("final")), side=bool(spec.get("side")))
    if chosen in table().states:
        return str(chosen)
    known = ", ".join(table().states)
    if not chosen:
        raise ValueError(f"the state {code!r} counts as no national state: say `national:` with one of {known}")
    raise ValueError(f"there is no national state {chosen!r}; known: {known}")


def counted(code: str, state: State, mapping: Mapping[str, str]) -> str:
    """What a matter in this state counts as. `mapping`: of its flow as it is in use; a state of an older text that is
    no longer in it is told by its code, else as being carried out."""
    return mapping.get(code) or usual(code, final=state.final, side=state.side) or "handled"
