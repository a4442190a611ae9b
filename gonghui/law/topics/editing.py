"""A situation's file as somebody edits it (编辑情形): the same checks as the package's, each with its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import yaml
from pydantic import TypeAdapter, ValidationError

from gonghui import yamls
from gonghui.law.topics import table
from gonghui.law.topics.library import Library
from gonghui.law.topics.topic import Topic

LONGEST = 40_000
# The causes that editors meet most, in their language; the others come as the checker says them.
_CAUSES = {
    "missing": "缺少这一项 / missing",
    "extra_forbidden": "没有这个字段 / no such field",
    "string_pattern_mismatch": "写法不对 / does not fit the pattern",
    "literal_error": "不在可选的值里 / not one of the values",
    "too_short": "太少 / too few",
    "string_type": "要是文字 / must be text",
    "date_from_datetime_parsing": "不是日期 / no day",
    "date_parsing": "不是日期 / no day",
    "bool_type": "要是 true 或 false / must be true or false",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: `line` from 1 (0: the text as a whole), the place in the file, the cause in words."""

    line: int
    place: str
    text: str


def check(code: str, text: str, library: Library) -> tuple[Topic | None, list[Problem]]:
    """The situation of a text and what is wrong with it, in the order of its lines; no problem: it may be published."""
    if len(text) > LONGEST:
        return None, [Problem(0, "", f"最多 {LONGEST} 个字 / at most {LONGEST} characters")]
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yamls.read(text.encode())
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        cause = getattr(error, "problem", None) or str(error).splitlines()[0]
        return None, [Problem(mark.line + 1 if mark else 0, "", f"YAML 写法不对 / no YAML: {cause}")]
    if not isinstance(data, dict) or tree is None:
        return None, [Problem(0, "", "要写成“字段: 内容” / must be fields and values")]
    try:
        topic = TypeAdapter(Topic).validate_python(data)
    except ValidationError as error:
        found = []
        for row in error.errors():
            # The value an option of a union was tried as is no place in the file.
            place = [part for part in row["loc"] if isinstance(part, int) or not part.startswith(("function-", "lax"))]
            cause = _CAUSES.get(row["type"], row["msg"].removeprefix("Value error, "))
            found.append(Problem(_line(tree, place), ".".join(map(str, place)), cause))
        return None, _ordered(found)
    found = []
    if topic.id != code:
        found.append(Problem(_line(tree, ["id"]), "id", f"编号要是 {code} / its id must be {code}"))
    wrong = list(library.findings(topic))
    if not wrong:
        wrong = [("branches", cause) for cause in table.problems(topic.branches, library.facts)]
    found += [Problem(_line(tree, _path(topic, place)), place, cause) for place, cause in wrong]
    return topic, _ordered(found)


def _ordered(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(dict.fromkeys(problems), key=lambda one: (one.line, one.place))


def _path(topic: Topic, place: str) -> list[str | int]:
    """`rights[2]`, `branches.site` and `asks.iou` as steps into the file."""
    if place.endswith("]"):
        name, _, number = place[:-1].partition("[")
        return [name, int(number)]
    name, _, rest = place.partition(".")
    if name == "branches" and rest:
        return [name, [branch.id for branch in topic.branches].index(rest)]
    if name == "asks" and rest:
        return [name, [asked.fact for asked in topic.asks].index(rest)]
    return [name]


def _line(tree: yaml.Node, path: Sequence[str | int]) -> int:
    """The line of the deepest part of the path that is there; 0 for the whole text."""
    node, line = tree, 0
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == step), None)
            if pair is None:
                break
            node, line = pair[1], pair[0].start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
