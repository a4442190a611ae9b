"""A flow is data: states, transitions, limits. This package loads, checks, draws and looks up flows."""

from gonghui.kernel.flow.kept import flow_of, kept_flow
from gonghui.kernel.flow.load import load_flow
from gonghui.kernel.flow.registry import (
    all_flows,
    choices,
    effect,
    field_type,
    get_flow,
    guard,
    limit,
    notifier,
    register_roles,
    tick,
)
from gonghui.kernel.flow.schema import Flow, State, Transition

__all__ = [
    "Flow",
    "State",
    "Transition",
    "all_flows",
    "choices",
    "effect",
    "field_type",
    "flow_of",
    "get_flow",
    "guard",
    "kept_flow",
    "limit",
    "load_flow",
    "notifier",
    "register_roles",
    "tick",
]
