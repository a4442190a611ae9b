"""What may be done with organisations and employers."""

from gonghui.organisations.actions.demo import seed_demo
from gonghui.organisations.actions.employers import (
    add_alias,
    create_employer,
    merge_employers,
    undo_merge,
    update_employer,
)
from gonghui.organisations.actions.seed import seed, union_path
from gonghui.organisations.actions.tree import create_organisation, update_contact

__all__ = [
    "add_alias",
    "create_employer",
    "create_organisation",
    "merge_employers",
    "seed",
    "seed_demo",
    "undo_merge",
    "union_path",
    "update_contact",
    "update_employer",
]
