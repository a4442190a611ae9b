"""The desk's pages, one module a subject."""

from gonghui.desk.views import (
    field,
    find,
    flows,
    home,
    keeping,
    lists,
    matter,
    overview,
    papers,
    register,
    rights,
    rounds,
    steps,
    talk,
    usage,
    worklist,
)

__all__ = [
    "field",
    "find",
    "flows",
    "home",
    "keeping",
    "lists",
    "matter",
    "overview",
    "papers",
    "register",
    "rights",
    "rounds",
    "steps",
    "talk",
    "usage",
    "worklist",
]
