"""What may be done with organisations and employers."""

from gonghui.organisations.actions.demo import seed_demo
from gonghui.organisations.actions.duty import add_shift, remove_shift
from gonghui.organisations.actions.employers import (
    add_alias,
    create_employer,
    merge_employers,
    undo_merge,
    update_employer,
)
from gonghui.organisations.actions.offices import add_office, change_office, read_office, set_office_active
from gonghui.organisations.actions.seed import seed, union_path
from gonghui.organisations.actions.tree import create_organisation, rename_organisation, set_active, update_contact

__all__ = [
    "add_alias",
    "add_office",
    "add_shift",
    "change_office",
    "create_employer",
    "create_organisation",
    "merge_employers",
    "read_office",
    "remove_shift",
    "rename_organisation",
    "seed",
    "seed_demo",
    "set_active",
    "set_office_active",
    "undo_merge",
    "union_path",
    "update_contact",
    "update_employer",
]
