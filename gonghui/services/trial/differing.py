"""What is different between a proposed service and the one in use: fields, amounts, limits, steps, words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.services.catalogue import Catalogue
from gonghui.services.spec import Service
from gonghui.services.trial.proposing import Proposal

NAMED_BY = ("name", "id", "code", "fact")
PARTS: dict[str, Any] = {
    "form": gettext_lazy("表单"),
    "rules": gettext_lazy("填写规则"),
    "eligibility": gettext_lazy("资格条件"),
    "once": gettext_lazy("不重复"),
    "amounts": gettext_lazy("金额"),
    "clocks": gettext_lazy("时限"),
    "states": gettext_lazy("状态"),
    "transitions": gettext_lazy("环节"),
    "handled_by": gettext_lazy("由谁办理"),
    "result": gettext_lazy("结果"),
    "offers": gettext_lazy("报名"),
    "messages": gettext_lazy("消息"),
    "needs": gettext_lazy("需求说法"),
}
WORDS = {"added": gettext_lazy("增加"), "removed": gettext_lazy("去掉"), "changed": gettext_lazy("改变")}


@dataclass(frozen=True)
class Difference:
    """`where`: the place in the file (`form.about.to_day.required`). `before`, `after`: as text, empty for none."""

    kind: Literal["added", "removed", "changed"]
    part: str
    where: str
    before: str
    after: str

    @property
    def word(self) -> str:
        return str(WORDS[self.kind])


def differences(proposal: Proposal, now: Catalogue) -> list[Difference]:
    """Of the service and its flow, as written out: a pattern's or the country's change shows too. [] for a new one."""
    if proposal.current is None:
        return []
    before, after = _whole(proposal.current, now), _whole(proposal.service, proposal.catalogue)
    return [
        Difference(kind, part_of(path[0]), ".".join(path), _text(old), _text(new))
        for kind, path, old, new in _compare(before, after, ())
    ]


def part_of(where: str) -> str:
    """What an address in a file is about, in words."""
    path = where.removeprefix("flow.").split(".")
    return str(PARTS.get(path[0], _("其他")))


def _whole(service: Service, found: Catalogue) -> dict[str, Any]:
    data = service.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"flow", "region", "layers"})
    flow = found.flow(service)
    if flow is not None:
        made = flow.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        data |= {part: made.get(part, {}) for part in ("clocks", "states", "transitions")}
    return data


Found = tuple[Literal["added", "removed", "changed"], tuple[str, ...], Any, Any]


def _compare(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[Found]:
    """Down to the smallest thing that differs; what is wholly new or gone is told once."""
    if old == new:
        return
    first, second = _named(old), _named(new)
    if first is None or second is None:
        yield "changed", path, old, new
        return
    for key in [*first, *(one for one in second if one not in first)]:
        if key not in second:
            yield "removed", (*path, key), first[key], None
        elif key not in first:
            yield "added", (*path, key), None, second[key]
        else:
            yield from _compare(first[key], second[key], (*path, key))


def _named(value: Any) -> dict[str, Any] | None:
    """A mapping, or a list of named things as one; a page of a form by its fields' names. None for anything else."""
    if isinstance(value, dict):
        return {str(key): one for key, one in value.items()}
    if isinstance(value, list) and value:
        for key in NAMED_BY:
            if all(isinstance(one, dict) and key in one for one in value):
                named = {str(one[key]): one for one in value}
                return named if len(named) == len(value) else None
    return None


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
