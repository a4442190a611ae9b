"""Where calculators are found (登记): `@calculator` above a function is all it takes."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from pydantic import ValidationError

from gonghui.law.calculators.facts import FactField, Facts, FactsError, fields_of, messages_of, missing_of
from gonghui.law.calculators.results import Missing, Question, Result
from gonghui.law.calculators.working import Context

F = TypeVar("F", bound=Facts)
Function = Callable[[F, Context], Result | Missing]
_found: dict[str, Calculator] = {}


@dataclass(frozen=True)
class Calculator:
    """A calculator by its number in the handbook (C1 …): names, facts it asks for, and how it is run."""

    id: str
    name: str
    english: str
    record: type[Facts]
    function: Callable[[Any, Context], Result | Missing]

    @property
    def fields(self) -> tuple[FactField, ...]:
        """The facts it asks for, in order."""
        return fields_of(self.record)

    @property
    def about(self) -> str:
        """What it computes and on which articles, in one paragraph."""
        return (self.function.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")

    def run(self, data: Mapping[str, Any], ctx: Context | None = None) -> Result | Missing:
        """Compute from the answers of a form or a conversation (texts are read as numbers, days, yes or no).

        Facts that it cannot do without and that are not there give `Missing`. FactsError where an answer cannot be so.
        """
        try:
            facts = self.record.model_validate(dict(data))
        except ValidationError as error:
            names = missing_of(error)
            if names is None:
                raise FactsError(messages_of(error)) from None
            asked = {field.name: field for field in self.fields}
            return Missing(self.id, tuple(Question(name, asked[name].ask, asked[name].why) for name in names))
        return self.function(facts, ctx or Context.usual())


def calculator(number: str, name: str, english: str) -> Callable[[Function[F]], Function[F]]:
    """Register the function below as calculator `number` of handbook 2.7. ValueError if the number is taken."""

    def register(function: Function[F]) -> Function[F]:
        if number in _found:
            raise ValueError(f"{number} is registered twice: {_found[number].name}, {name}")
        record = get_type_hints(function)["facts"]
        _found[number] = Calculator(number, name, english, record, function)
        return function

    return register


@cache
def calculators() -> Mapping[str, Calculator]:
    """All calculators by number, in the handbook's order. A new file in this folder is found by itself."""
    package = importlib.import_module("gonghui.law.calculators")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    ordered = sorted(_found, key=lambda number: (re.sub(r"\d", "", number), int(re.sub(r"\D", "", number))))
    return MappingProxyType({number: _found[number] for number in ordered})
