"""单位风险信号: what people at the desk and other programs know of an employer (handbook 1.9)."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals import tables
from gonghui.appeals.duplicates import letters_of
from gonghui.appeals.mass import check_employer
from gonghui.appeals.models import Appeal, EmployerSignal
from gonghui.kernel import trail, vault
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.organisations.models import Employer


def note_signal(
    actor: Actor, *, kind: str, day: date, source: str, name: str = "", uscc: str = "", note: str = ""
) -> EmployerSignal:
    """Write down one fact about an employer, known by its code or its name, and bring its open card up to date.

    The same kind and day for the same employer is one fact. InvalidData for an unknown kind, a day to come (a pay day
    may lie ahead), or an employer that is not named.
    """
    errors: dict[str, list[str]] = {}
    if kind not in tables.codes(tables.mass().signal_kinds):
        errors["kind"] = [_("没有这种信号，请从列表里选择。")]
    if kind != "pay_day" and day > today():
        errors["day"] = [_("日期不能晚于今天。")]
    if not source.strip():
        errors["source"] = [_("请写明信息来源。")]
    with transaction.atomic(), as_system("what is known of an employer is kept by the platform"):
        employer = Employer.objects.filter(uscc=uscc, merged_into=None).first() if uscc else None
        key = letters_of(employer.name if employer is not None else name)[:160]
        if not key:
            errors["employer"] = [_("请写单位名称，或库中已有的统一社会信用代码。")]
        if errors:
            raise InvalidData(errors)
        signal, created = EmployerSignal.objects.get_or_create(
            key=key,
            kind=kind,
            day=day,
            defaults={
                "employer": employer,
                "note": vault.mask_in_text(note)[:300],
                "source": source.strip()[:80],
                "at": now(),
                "by_id": actor.account_id,
            },
        )
        if created:
            trail.record(
                f"employer_signal:{signal.pk}", "note", actor=actor, after={"kind": kind, "day": day.isoformat()}
            )
            newest = Appeal.objects.filter(employer=employer) if employer else Appeal.objects.filter(employer_name=name)
            about = newest.order_by("-received_at").first()
            if about is not None:
                check_employer(about)
        return signal
