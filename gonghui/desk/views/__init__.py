"""The desk's pages, one module a subject."""

from gonghui.desk.views import (
    find,
    flows,
    home,
    keeping,
    lists,
    matter,
    overview,
    register,
    rounds,
    steps,
    talk,
    worklist,
)

__all__ = [
    "find",
    "flows",
    "home",
    "keeping",
    "lists",
    "matter",
    "overview",
    "register",
    "rounds",
    "steps",
    "talk",
    "worklist",
]
