"""What may be asked of the appeals room. Everything starts from what the actor may see."""

from gonghui.appeals.actions.files import attachment_for
from gonghui.appeals.queries.alerts import AlertCase, alert_cases, mass_alerts, watch_precision
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
    quality_list,
    search_ids,
    supervised_list,
    worklist,
)
from gonghui.appeals.queries.page import matter_page, sees_shared_only
from gonghui.appeals.queries.statistics import Measure, statistics
from gonghui.appeals.queries.usage import MANAGERS, USAGE_ROWS, Usage, model_usage

__all__ = [
    "MANAGERS",
    "USAGE_ROWS",
    "AlertCase",
    "Measure",
    "Usage",
    "alert_cases",
    "appeal_by_code",
    "attachment_for",
    "callback_list",
    "disputed_list",
    "export_rows",
    "export_xlsx",
    "mass_alerts",
    "matter_page",
    "model_usage",
    "my_cases",
    "notices_of",
    "quality_list",
    "search_ids",
    "sees_shared_only",
    "statistics",
    "supervised_list",
    "watch_precision",
    "worker_case",
    "worklist",
]
