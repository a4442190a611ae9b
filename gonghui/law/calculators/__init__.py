"""计算器 (handbook 2.7): the 29 calculators and the limitation clocks, exact, with a working a worker can check.

`calculators()["C1"].run({"hired": "2019-03-15", …})` gives a `Result` or, where a fact must not be guessed, a `Missing`
with the question. Each calculator is also a plain function over a record of facts. Money is Decimal, rounded half-up to
the cent once, at the end.

To add one: a file here with a `Facts` record and a function under `@calculator("C34", …)`, its numbers as rows in
`gonghui/law/parameters/`, and an example in `examples.yaml`, which is its test. Callers with a database pass
`Context(ParameterStore.default(), default_calendar(), today())`, so that days entered by hand count.
"""

from gonghui.law.calculators.facts import FactField, Facts, FactsError
from gonghui.law.calculators.registry import Calculator, calculators
from gonghui.law.calculators.results import Amount, Figure, Missing, Question, Range, Result
from gonghui.law.calculators.working import Context

__all__ = [
    "Amount",
    "Calculator",
    "Context",
    "FactField",
    "Facts",
    "FactsError",
    "Figure",
    "Missing",
    "Question",
    "Range",
    "Result",
    "calculators",
]
