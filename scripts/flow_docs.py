"""Write `docs/flows.md`: every flow as a diagram and a table, from the flow files themselves.

python -m scripts.flow_docs [--check]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "docs" / "flows.md"


def text() -> str:
    """The page, in Chinese with the English names beside."""
    from gonghui.kernel.flow import Flow, all_flows
    from gonghui.kernel.flow.diagram import mermaid

    def table(flow: Flow) -> str:
        lines = ["| 步骤 | step | 从 | 到 | 谁 | 会发生什么 |", "|---|---|---|---|---|---|"]
        for step in flow.transitions:
            sources = "、".join(flow.states[name].zh for name in flow.sources_of(step))
            target = flow.states[step.to].zh if step.to in flow.states else "—"
            who = ", ".join(f"{grant.role}@{grant.relation}" for grant in step.roles)
            does = step.does.zh if step.does else ""
            lines.append(f"| {step.zh} | `{step.name}` | {sources} | {target} | {who} | {does} |")
        return "\n".join(lines)

    parts = [
        "# Flows (流程)",
        "",
        "Made by `python -m scripts.flow_docs` from `gonghui/*/flows/*.yaml` and the services' files; do not edit.",
        "The desk draws the same.",
    ]
    # A region's variant differs in limits only.
    for flow in (flow for flow in all_flows() if "-" not in flow.name):
        parts += ["", f"## {flow.title.zh} · {flow.title.en} (`{flow.name}`, {flow.version})", ""]
        parts += ["```mermaid", mermaid(flow).rstrip(), "```", "", table(flow)]
    return "\n".join(parts) + "\n"


def main() -> int:
    os.environ.setdefault("GONGHUI_ENV", "development")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gonghui.settings")
    import django
    from django.utils import translation

    django.setup()
    with translation.override("zh-hans"):
        page = text()
    if "--check" in sys.argv:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != page:
            print("docs/flows.md is not up to date: run `python -m scripts.flow_docs`")
            return 1
        return 0
    TARGET.write_text(page, encoding="utf-8")
    print(f"{len(page.splitlines())} lines in {TARGET.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
