"""Draw a flow as a Mermaid state diagram, for the desk and the docs."""

from __future__ import annotations

from gonghui.kernel.flow.schema import Flow


def mermaid(flow: Flow, current: str | None = None) -> str:
    """Mermaid text in the active language; `current` is marked. `*` transitions are listed in a note, not drawn."""
    lines = ["stateDiagram-v2", "    direction LR"]
    for name, state in flow.states.items():
        lines.append(f"    state {_quoted(state.label)} as {name}")
    lines.append(f"    [*] --> {flow.initial}")
    everywhere = []
    for transition in flow.transitions:
        if transition.sources == ("*",):
            everywhere.append(transition.label)
            continue
        for source in transition.sources:
            target = flow.target(transition, source)
            if target != source:
                lines.append(f"    {source} --> {target}: {_plain(transition.label)}")
    lines.extend(f"    {name} --> [*]" for name, state in flow.states.items() if state.final)
    if everywhere:
        lines.append(f"    note right of {flow.initial}: {_plain(' / '.join(everywhere))}")
    lines.append("    classDef current stroke-width:4px,font-weight:bold")
    lines.append("    classDef side stroke-dasharray:4 3")
    side = [name for name, state in flow.states.items() if state.side]
    if side:
        lines.append(f"    class {','.join(side)} side")
    if current in flow.states:
        lines.append(f"    class {current} current")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + _plain(text) + '"'


def _plain(text: str) -> str:
    """Mermaid reads these as syntax."""
    return text.replace('"', "'").replace(":", "：").replace(";", "；").replace("\n", " ")
