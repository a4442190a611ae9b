"""The messages that a service's flow may send to the worker, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from gonghui.kernel.flow.schema import Flow
from gonghui.services.rules.applying import NOTICES
from gonghui.services.spec import Service


@dataclass(frozen=True)
class Notice:
    """`sent`: by which steps. `letters`: of the Chinese."""

    name: str
    sent: str
    zh: str
    en: str

    @property
    def letters(self) -> int:
        return len(self.zh)


def of(service: Service, flow: Flow | None) -> list[Notice]:
    """Each message once, in the flow's order, with the number and the name filled in."""
    if flow is None:
        return []
    steps: dict[str, list[str]] = {}
    for step in flow.transitions:
        for name in step.notices:
            steps.setdefault(name, []).append(step.label)
    for clock in flow.clocks.values():
        if any(tick.do == "services.remind_worker" for tick in clock.ticks):
            steps.setdefault("reminder", []).append(str(clock.title))
    found = []
    for name, labels in steps.items():
        words = service.messages.get(name) or NOTICES.get(name)
        if words is None:
            continue
        texts = (_whole(words.zh, service.zh), _whole(words.en, service.en or service.zh))
        found.append(Notice(name, "、".join(dict.fromkeys(labels)), *texts))
    return found


def _whole(text: str, name: str) -> str:
    """The text with examples for what is filled in; as it is where it names something unknown."""
    try:
        return text.format(service=name, number="M00-20260105-00001", days="15", offer="…", when="…", place="…")
    except (KeyError, IndexError, ValueError):
        return text
