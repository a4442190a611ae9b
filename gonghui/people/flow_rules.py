"""Tell the kernel which roles exist, so that a flow that names another does not start."""

from gonghui.kernel.flow import register_roles
from gonghui.people.roles import ROLES

register_roles(ROLES)
