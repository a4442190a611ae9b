"""A trial as lines of text, for the command line."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.services.trial.differing import Difference
from gonghui.services.trial.report import Report

ENDED = {
    "good": gettext_lazy("走完了，结果正常"),
    "bad": gettext_lazy("走完了，但没有办成"),
    "stuck": gettext_lazy("没有走完"),
    "refused": gettext_lazy("交不上去"),
    "elsewhere": gettext_lazy("不在这里办"),
}


def ended(report: Report) -> str:
    return str(ENDED[report.ended])


def lines(report: Report, different: list[Difference]) -> Iterator[str]:
    """What a person reads; `--json` gives all of it."""
    yield f"{report.service} {report.name} v{report.version} · {report.file} · {report.region} · {report.day}"
    for one in different:
        change = " → ".join(text[:80] for text in (one.before, one.after) if text)
        yield f"  {one.word} {one.part} {one.where}: {change}"
    for text in report.remarks:
        yield f"  ! {text}"
    if report.holder:
        yield f"  {report.holder}（{report.holder_level}）"
    for step in report.steps:
        who = " · ".join(part for part in (step.by, step.union) if part)
        yield f"  {step.at}  {step.name}（{who}） → {step.state}"
        if step.note:
            yield f"      {step.note}"
        for clock in step.clocks:
            yield f"      {clock.name}：{clock.limit}，{clock.due}"
    for message in report.messages:
        yield f"  {message['at']}  {message['to']}：{message['text']}"
    for label, value in report.results:
        yield f"  {label}：{value}"
    for effect in report.effects:
        yield f"  {effect['what']} {effect['name']}：{effect['before']} → {effect['after']}"
    yield f"  {ended(report)}"
    for text in report.reasons:
        yield f"    {text}"
    yield f"  {_('这是试办，什么都没有保存。')}"
