"""帮扶: aid in money for a file, within the ceilings of its kind, by two people, at once or for some months."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.aid import households, tables
from gonghui.aid.models import Aid, HardshipFile
from gonghui.aid.monthly import outstanding
from gonghui.kernel.calendar import months_later
from gonghui.kernel.flow import effect, guard
from gonghui.kernel.matters import Context
from gonghui.kernel.times import day_of
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.rules.granting import sum_of


@guard("aid.has_file")
def has_file(ctx: Context, args: Any) -> str | None:
    application = application_of(ctx)
    if households.open_file(application.account_id, application.id_no) is not None:
        return None
    return _("没有找到这个人或家庭的在档档案。没有建档的请先建档；已脱困、已销档的不再发救助金。")


@guard("aid.within_ceiling")
def within_ceiling(ctx: Context, args: Any) -> str | None:
    """At a time or a month, and in the year: what the file has had of this kind and what it would have with this."""
    if ctx.preview:
        return None
    application, values = application_of(ctx), values_of(ctx)
    file = households.open_file(application.account_id, application.id_no)
    if file is None:
        return None
    kind = tables.hardship().category(values["category"])
    value = ctx.data["amount"] if "amount" in ctx.data else sum_of(ctx.matter)
    monthly = values["rhythm"] == Aid.Rhythm.MONTHLY
    most = kind.month if monthly else kind.once
    if value > most:
        return _("%(kind)s%(rhythm)s最多 %(most)s 元。") % {
            "kind": str(kind),
            "rhythm": _("每月") if monthly else _("每次"),
            "most": f"{most:,.0f}",
        }
    # Two grants at once would each find room for themselves.
    file = HardshipFile.objects.select_for_update().get(pk=file.pk)
    given = defaultdict[int, Decimal](Decimal)
    had = file.given.filter(category=kind.code).values_list("month", "amount")
    for month, amount in [*had, *outstanding(file, kind.code)]:
        given[month.year] += amount
    planned = defaultdict[int, Decimal](Decimal)
    for count in range((values["months"] or 1) if monthly else 1):
        planned[months_later(day_of(ctx.now).replace(day=1), count).year] += value
    for year, more in sorted(planned.items()):
        if given[year] + more > kind.year:
            return _("%(kind)s一年最多 %(most)s 元，%(year)s 年已批 %(had)s 元（按月的算到年底）。") % {
                "kind": str(kind),
                "most": f"{kind.year:,.0f}",
                "year": year,
                "had": f"{given[year]:,.2f}",
            }
    return None


@effect("aid.given")
def given(ctx: Context, args: Any) -> None:
    """The grant goes into the file; the first month's money is this very payment."""
    application, values = application_of(ctx), values_of(ctx)
    file = households.open_file(application.account_id, application.id_no)
    assert file is not None, "the guard has seen it"
    day = day_of(ctx.now)
    monthly = values["rhythm"] == Aid.Rhythm.MONTHLY
    told = {"amount": sum_of(ctx.matter), "granted_on": day}
    aid = Aid.objects.filter(application=application).first()
    if aid is None:
        aid = Aid.objects.create(
            file=file,
            application=application,
            category=values["category"],
            rhythm=values["rhythm"],
            months=values["months"] if monthly else 1,
            month=day.replace(day=1),
            **told,
        )
    else:
        # Revoked, and the revocation was overturned: its months begin now, unless some were paid meanwhile.
        begun = aid.first_id is not None or aid.later.exists()
        Aid.objects.filter(pk=aid.pk).update(**told, **({} if begun else {"month": day.replace(day=1)}))
    ctx.record(file=file.number, category=aid.category, months=aid.months)
