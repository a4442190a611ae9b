"""What may be asked of the appeals room. Everything starts from what the actor may see."""

from gonghui.appeals.actions.files import attachment_for
from gonghui.appeals.queries.cases import (
    appeal_by_code,
    my_cases,
    notices_of,
    worker_case,
)
from gonghui.appeals.queries.export import export_rows, export_xlsx
from gonghui.appeals.queries.lists import (
    callback_list,
    disputed_list,
    mass_alerts,
    quality_list,
    search_ids,
    supervised_list,
    worklist,
)
from gonghui.appeals.queries.page import matter_page, sees_shared_only
from gonghui.appeals.queries.statistics import Measure, statistics

__all__ = [
    "Measure",
    "appeal_by_code",
    "attachment_for",
    "callback_list",
    "disputed_list",
    "export_rows",
    "export_xlsx",
    "mass_alerts",
    "matter_page",
    "my_cases",
    "notices_of",
    "quality_list",
    "search_ids",
    "sees_shared_only",
    "statistics",
    "supervised_list",
    "worker_case",
    "worklist",
]
