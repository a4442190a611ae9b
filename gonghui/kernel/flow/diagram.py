"""Draw a flow as a Mermaid state diagram, for the desk and the docs."""

from __future__ import annotations

from gonghui.kernel.flow.schema import Flow

# A step that may start from more states than this would cover the drawing with its lines: it goes into the note.
DRAWN_SOURCES = 4


def mermaid(flow: Flow, current: str | None = None) -> str:
    """Mermaid text in the active language; `current` is marked. Steps from (nearly) everywhere are listed in a note."""
    lines = ["stateDiagram-v2", "    direction LR"]
    for name, state in flow.states.items():
        lines.append(f"    state {_quoted(state.label)} as {name}")
    lines.append(f"    [*] --> {flow.initial}")
    everywhere: list[str] = []
    edges: dict[tuple[str, str], list[str]] = {}
    for transition in flow.transitions:
        moves = [source for source in transition.sources if flow.target(transition, source) != source]
        if transition.sources == ("*",) or len(moves) > DRAWN_SOURCES:
            target = flow.states.get(transition.to)
            everywhere.append(f"{transition.label} → {target.label}" if target else transition.label)
            continue
        for source in moves:
            edges.setdefault((source, flow.target(transition, source)), []).append(transition.label)
    for (source, end), labels in edges.items():
        lines.append(f"    {source} --> {end}: {_plain(' / '.join(dict.fromkeys(labels)))}")
    lines.extend(f"    {name} --> [*]" for name, state in flow.states.items() if state.final)
    if everywhere:
        lines.append(f"    note right of {flow.initial}")
        lines.extend(f"        {_plain(text)}" for text in everywhere)
        lines.append("    end note")
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
