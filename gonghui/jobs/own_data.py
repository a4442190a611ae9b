"""What somebody looked for and where they applied, in the file of the own data (个人信息保护法 45)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gonghui.jobs.models import JobApplication, PostingReport, Seeker
from gonghui.kernel.scope import as_system
from gonghui.people.actions import own_data_part
from gonghui.people.models import Account

SOUGHT = (
    "post", "trades", "commute", "starts", "no_shifts", "insured_only", "skills", "skills_told", "seeker_name",
    "seeker_phone", "groups", "reveal", "findable", "active",
)  # fmt: skip
APPLIED = (
    "opening_words", "revealed", "groups", "invited", "interview_at", "interview_place", "starts_on", "told_text",
    "why", "hired_at", "arrived_on", "day30", "day90", "applied_at",
)  # fmt: skip


@own_data_part("jobs", _("求职登记和投递"))
def jobs(account: Account) -> dict[str, list[dict[str, Any]]]:
    """Registrations, applications for postings with what the employer answered, and reports of false postings."""
    with as_system("one's own search for work"):
        seekers = Seeker.objects.filter(account=account).select_related("matter", "region").order_by("pk")
        sent = JobApplication.objects.filter(account=account).select_related("matter", "posting").order_by("pk")
        reports = PostingReport.objects.filter(account=account).select_related("posting").order_by("pk")
        return {
            "registrations": [
                {
                    "number": row.matter.number,
                    "region": row.region.name,
                    "pay": [str(one) for one in (row.pay_least, row.pay_most) if one is not None],
                    **{name: getattr(row, name) for name in SOUGHT},
                }
                for row in seekers
            ],
            "applications": [
                {
                    "number": row.matter.number,
                    "posting": row.posting.title,
                    **{name: getattr(row, name) for name in APPLIED},
                }
                for row in sent
            ],
            "reports": [
                {"posting": row.posting.title, "reason": row.reason, "text": row.report_text, "at": row.at}
                for row in reports
            ],
        }
