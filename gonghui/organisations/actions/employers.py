"""Employers (用人单位): one row for one employer, whatever names people write; merging can be undone."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from stdnum.cn import uscc as uscc_number
from stdnum.exceptions import ValidationError

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.times import now
from gonghui.organisations.models import Employer, EmployerAlias, EmployerGram, EmployerMerge
from gonghui.organisations.names import employer_key, grams

FIELDS = ("address", "industry", "ownership", "size", "group_level")


def clean_uscc(value: str) -> str:
    """The unified social credit code without spaces; InvalidData when its check digit is wrong (GB 32100)."""
    text = uscc_number.compact(value or "")
    if not text:
        return ""
    try:
        return uscc_number.validate(text)
    except ValidationError as error:
        raise InvalidData(
            {"uscc": [_("统一社会信用代码应为 18 位，校验位不对，请对照营业执照检查。不知道可以不填。")]}
        ) from error


def _index(employer: Employer) -> None:
    """Write the gram index of an employer's name and aliases anew."""
    wanted = grams(employer.key)
    for key in employer.aliases.values_list("key", flat=True):
        wanted |= grams(key)
    have = set(employer.grams.values_list("gram", flat=True))
    employer.grams.filter(gram__in=have - wanted).delete()
    EmployerGram.objects.bulk_create([EmployerGram(gram=gram, employer=employer) for gram in wanted - have])


@transaction.atomic
def create_employer(
    actor: Actor, name: str, *, uscc: str = "", aliases: tuple[str, ...] = (), **fields: Any
) -> Employer:
    """Add an employer. InvalidData for an empty name, a wrong code or one that another employer has."""
    name = (name or "").strip()[:120]
    if not name:
        raise InvalidData({"name": [_("请填写单位名称。")]})
    uscc = clean_uscc(uscc)
    if uscc and Employer.objects.filter(uscc=uscc, merged_into__isnull=True).exists():
        raise InvalidData({"uscc": [_("已经有单位登记了这个统一社会信用代码。")]})
    employer = Employer.objects.create(name=name, key=employer_key(name), uscc=uscc, **fields)
    for alias in dict.fromkeys(aliases):
        EmployerAlias.objects.create(employer=employer, name=alias[:120], key=employer_key(alias))
    _index(employer)
    trail.record(f"employer:{employer.pk}", "create", actor=actor, after={"employer": name, "uscc": uscc})
    return employer


@transaction.atomic
def update_employer(actor: Actor, employer: Employer, *, name: str | None = None, **fields: Any) -> Employer:
    """Change an employer's name or facts; the old name stays as an alias, since papers still carry it."""
    before, after = {}, {}
    if name and name.strip() != employer.name:
        before["employer"], after["employer"] = employer.name, name.strip()
        EmployerAlias.objects.get_or_create(employer=employer, name=employer.name, defaults={"key": employer.key})
        employer.name, employer.key = name.strip()[:120], employer_key(name)
    if "uscc" in fields:
        fields["uscc"] = clean_uscc(fields["uscc"])
    for field, value in fields.items():
        if field not in (*FIELDS, "uscc"):
            raise KeyError(field)
        before[f"employer_{field}"], after[f"employer_{field}"] = getattr(employer, field), value
        setattr(employer, field, value)
    employer.save()
    _index(employer)
    trail.record(f"employer:{employer.pk}", "update", actor=actor, before=before, after=after)
    return employer


@transaction.atomic
def add_alias(actor: Actor, employer: Employer, name: str) -> EmployerAlias:
    """Another name for an employer. Adding it twice changes nothing."""
    alias, created = EmployerAlias.objects.get_or_create(
        employer=employer, name=name.strip()[:120], defaults={"key": employer_key(name)}
    )
    if created:
        _index(employer)
        trail.record(f"employer:{employer.pk}", "alias", actor=actor, after={"alias": alias.name})
    return alias


@transaction.atomic
def merge_employers(actor: Actor, kept: Employer, gone: Employer) -> EmployerMerge:
    """Say that two rows are one employer: `gone` points to `kept` from now on and its names become aliases."""
    rows = {row.pk: row for row in Employer.objects.select_for_update().filter(pk__in=(kept.pk, gone.pk))}
    if kept.pk == gone.pk or len(rows) != 2:
        raise KernelError(_("请选择两个不同的单位。"))
    kept, gone = rows[kept.pk], rows[gone.pk]
    if kept.merged_into_id or gone.merged_into_id:
        raise KernelError(_("其中一个单位已经合并到别处，请刷新后再试。"))
    if kept.uscc and gone.uscc and kept.uscc != gone.uscc:
        raise KernelError(_("两个单位的统一社会信用代码不同，不能合并。"))
    before: dict[str, Any] = {"uscc": kept.uscc, "union": kept.union_id, "aliases": [], "gone_uscc": gone.uscc}
    for name in (gone.name, *gone.aliases.values_list("name", flat=True)):
        alias, created = EmployerAlias.objects.get_or_create(
            employer=kept, name=name, defaults={"key": employer_key(name)}
        )
        if created:
            before["aliases"].append(alias.pk)
    gone.merged_into = kept
    gone.save(update_fields=["merged_into"])
    kept.uscc = kept.uscc or gone.uscc
    kept.union_id = kept.union_id or gone.union_id
    kept.save(update_fields=["uscc", "union"])
    _index(kept)
    merge = EmployerMerge.objects.create(kept=kept, gone=gone, at=now(), by_id=actor.account_id, before=before)
    trail.record(f"employer:{kept.pk}", "merge", actor=actor, after={"gone": gone.pk, "employer": gone.name})
    return merge


@transaction.atomic
def undo_merge(actor: Actor, merge: EmployerMerge) -> EmployerMerge:
    """Take a merge back: both stand as before it. Refused when the kept one was itself merged away meanwhile."""
    merge = EmployerMerge.objects.select_for_update().select_related("kept", "gone").get(pk=merge.pk)
    if merge.undone_at:
        raise KernelError(_("这次合并已经撤销过了。"))
    kept, gone = merge.kept, merge.gone
    if kept.merged_into_id:
        raise KernelError(_("保留的单位后来又合并到别处，请先撤销那一次合并。"))
    kept.uscc, kept.union_id = merge.before["uscc"], merge.before["union"]
    kept.save(update_fields=["uscc", "union"])
    gone.merged_into = None
    gone.save(update_fields=["merged_into"])
    EmployerAlias.objects.filter(pk__in=merge.before["aliases"]).delete()
    _index(kept)
    merge.undone_at = now()
    merge.save(update_fields=["undone_at"])
    trail.record(f"employer:{kept.pk}", "undo_merge", actor=actor, after={"gone": gone.pk})
    return merge
