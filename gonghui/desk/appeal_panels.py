"""What the matter page shows of an appeal: words, parties, suggestions, similar cases, articles, messages, files."""

from __future__ import annotations

from typing import Any

from gonghui.appeals import categories, queries, tables
from gonghui.appeals.rules.common import LEAD_KIND
from gonghui.desk.panels import panel
from gonghui.kernel.models import Matter
from gonghui.law import answer as law
from gonghui.organisations.models import Region
from gonghui.people.http import Request

LABELS = {"reporter_name": "姓名", "phone": "电话", "backup_contact": "备用联系方式", "id_no": "身份证号"}


@panel(LEAD_KIND)
@panel("appeals.assist_order")
def appeal(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    page = queries.matter_page(request.actor, matter.pk)
    intake = tables.intake()
    return [
        (
            "desk/panels/appeal.html",
            {
                "page": page,
                "order": page.order,
                "appeal": page.appeal,
                "category": categories.label(matter.category) if matter.category else "",
                "channel": tables.label(intake.channels, page.appeal.channel),
                "nature": tables.label(intake.natures, page.order.nature),
                "worker_type": tables.label(intake.worker_types, page.appeal.worker_type),
                "tried": [item.label for item in intake.tried if item.code in page.appeal.tried],
                "personal": [
                    {"name": name, "label": LABELS[name], "masked": value, "may": name in page.revealable}
                    for name, value in page.masked.items()
                    if value
                ],
                "articles": [{"hit": hit, "notes": law.notes(hit)} for hit in page.articles],
                "region": Region.objects.filter(pk=page.appeal.work_region).first()
                if page.appeal.work_region
                else None,
                "holder": page.organisations.get(matter.holder_path, matter.holder_path),
            },
        )
    ]
