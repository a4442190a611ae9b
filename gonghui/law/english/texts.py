"""Which Chinese texts must have English (待译文本), and what is wrong with the catalogue: `gonghui topic --check`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from gonghui.law.advice.asking import ASKED_BACK, FOR_A_SUM_WHY, TOLD_TWICE
from gonghui.law.advice.planning import IN_DANGER
from gonghui.law.documents.source import sources
from gonghui.law.english import CHINESE, HERE, SITUATIONS, SLOT, read_file
from gonghui.law.parameters import ParameterStore
from gonghui.law.topics.library import Library
from gonghui.law.topics.persons import Person
from gonghui.law.topics.topic import DOCUMENTS, Body, Calculation, Evidence, Limit, Right, Step, Topic

LAW = HERE.parent
# Names of laws, which stay Chinese; patterns and words that are read, not told.
_NO_CODE = ("sources.py",)
_READ_ONLY = ("%Y 年 %m 月",)


def of_topic(topic: Topic) -> list[str]:
    """What a situation tells that has no `en` beside it, each once, in order."""
    found = [topic.definition, *topic.applies, *(asked.why for asked in topic.asks)]
    parts = [*topic.rights, *topic.calculators, *topic.limits, *topic.bodies, *topic.evidence, *topic.steps]
    found += [text for part in parts for text in _of_part(part)]
    return list(dict.fromkeys([*found, *topic.union_help, *topic.dangers, *topic.uncertain]))


def of_person(person: Person) -> list[str]:
    """What is told to a person outside labour law."""
    parts = [*person.rights, *person.limits, *person.bodies, *person.steps]
    return list(dict.fromkeys([person.recourse, *(text for part in parts for text in _of_part(part))]))


def _of_part(part: object) -> list[str]:
    match part:
        case Right():
            found: list[str | None] = [part.text]
        case Calculation():
            found = [part.gives]
        case Limit():
            found = [part.starts, part.interrupted, part.suspended]
        case Body():
            found = [part.why]
        case Evidence():
            found = [part.what, part.how]
        case Step():
            found = [part.do, part.where, part.bring, part.takes]
        case _:
            found = []
    return [text for text in found if text and CHINESE.search(text)]


def of_code(path: Path) -> list[str]:
    """The Chinese texts of a file of Python in order; what an f-string fills in is a slot. Docstrings are no texts, and
    what decorators say (a calculator's name) has its English beside it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    pieces = {id(value) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for value in node.values}
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    silent |= {id(part) for node in functions for one in node.decorator_list for part in ast.walk(one)}
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [str(v.value) if isinstance(v, ast.Constant) else SLOT for v in node.values]
            found.append((node.lineno, "".join(parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces | silent:
            found.append((node.lineno, node.value))
    told = (text for _, text in sorted(found) if CHINESE.search(text) and "\\" not in text and text not in _READ_ONLY)
    return list(dict.fromkeys(told))


def _common() -> Iterator[tuple[str, list[str]]]:
    """The common files by name, and the texts that each must have."""
    code = [path for path in sorted((LAW / "calculators").glob("*.py")) if path.name not in _NO_CODE]
    yield "calculators.yaml", [text for path in code for text in of_code(path)]
    keys = ParameterStore.default().keys.values()
    rows = [text for key in keys for text in (key.name, key.unit, key.where)]
    yield "parameters.yaml", [*rows, *of_code(LAW / "parameters" / "__init__.py")]
    yield "papers.yaml", [*DOCUMENTS.values(), *(paper.advice for paper in sources().values())]
    told = [text for name in ("clashes.py", "days.py", "deadlines.py") for text in of_code(LAW / "advice" / name)]
    yield "answers.yaml", [ASKED_BACK, FOR_A_SUM_WHY, TOLD_TWICE, *IN_DANGER, *told]


def problems(library: Library) -> list[str]:
    """Texts without English, and English whose Chinese is nowhere told any more, in words; [] when all is there."""
    wanted = [(HERE / name, texts) for name, texts in _common()]
    wanted += [(SITUATIONS / f"{topic.id}.yaml", of_topic(topic)) for topic in library.topics.values()]
    persons = [text for person in library.persons.values() for text in of_person(person)]
    hints = [fact.help for fact in library.facts.values()]
    wanted += [(SITUATIONS / "persons.yaml", persons), (SITUATIONS / "facts.yaml", hints)]
    # A common text stands in one file, whichever names it first.
    common = {text for path in HERE.glob("*.yaml") for text in read_file(path)}
    found: list[str] = []
    for path, texts in wanted:
        have = read_file(path) if path.exists() else {}
        told = {text for text in texts if CHINESE.search(text)}
        elsewhere = common if path.parent == HERE else set()
        found += [f"{path.name}: no English: {text}" for text in texts if text in told - set(have) - elsewhere]
        found += [f"{path.name}: told nowhere: {text}" for text in have if text not in told]
    known = {path for path, _ in wanted} | {HERE / "general.yaml"}
    strange = {path for folder in (HERE, SITUATIONS) for path in folder.glob("*.yaml")} - known
    return [*found, *(f"{path.name}: of no situation" for path in sorted(strange))]
