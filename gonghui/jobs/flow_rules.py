"""Everything the room's flow files name. Importing this module registers it with the kernel."""

from gonghui.jobs import posting_rules, rules, seekers
from gonghui.kernel.flow import register_roles

# Who posted a job, on the applications for it and on nothing else (`applying.as_employer`); no duty of anybody's.
register_roles(["employer"])

__all__ = ["posting_rules", "rules", "seekers"]
