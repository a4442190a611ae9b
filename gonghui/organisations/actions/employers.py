"""Employers (用人单位): one row for one employer, whatever names people write; merging can be undone."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from stdnum.cn import uscc as uscc_number
from stdnum.exceptions import ValidationError

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.times import now
from gonghui.organisations.models import Employer, EmployerAlias, EmployerGram, EmployerMerge
from gonghui.organisations.names import employer_key, grams

FIELDS = ("address", "industry", "ownership", "size", "group_level", "region", "region_id", "union", "union_id")
NAME_MOST = 120


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


def clean_name(name: str) -> str:
    """The name without blanks around it. InvalidData when it holds no letter or is too long."""
    name = (name or "").strip()
    if not employer_key(name):
        raise InvalidData({"name": [_("请填写单位名称。")]})
    if len(name) > NAME_MOST:
        raise InvalidData({"name": [_("单位名称最多 120 个字，请按营业执照填写全称。")]})
    return name


def _code_is_free(uscc: str, employer: Employer | None = None) -> None:
    others = Employer.objects.filter(uscc=uscc, merged_into__isnull=True)
    if employer is not None:
        others = others.exclude(pk=employer.pk)
    if uscc and others.exists():
        raise InvalidData({"uscc": [_("已经有单位登记了这个统一社会信用代码。如果是同一家，请合并。")]})


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
    """Add an employer with its other names. `fields` are those of FIELDS.

    Raises InvalidData for a name without letters, a wrong code or one that another employer has, and KeyError for an
    unknown field.
    """
    name = clean_name(name)
    uscc = clean_uscc(uscc)
    _code_is_free(uscc)
    if unknown := set(fields) - set(FIELDS):
        raise KeyError(*unknown)
    others = dict.fromkeys(clean_name(alias) for alias in aliases)
    employer = Employer.objects.create(name=name, key=employer_key(name), uscc=uscc, **fields)
    for alias in others:
        EmployerAlias.objects.create(employer=employer, name=alias, key=employer_key(alias))
    _index(employer)
    trail.record(f"employer:{employer.pk}", "create", actor=actor, after={"employer": name, "uscc": uscc})
    return employer


@transaction.atomic
def update_employer(actor: Actor, employer: Employer, *, name: str | None = None, **fields: Any) -> Employer:
    """Change an employer's name or facts; the old name stays as an alias, since papers still carry it.

    Raises what `create_employer` raises. Nothing changed: nothing is written.
    """
    employer = Employer.objects.select_for_update(of=("self",)).get(pk=employer.pk)
    if name is not None:
        fields["name"] = clean_name(name)
    if "uscc" in fields:
        fields["uscc"] = clean_uscc(fields["uscc"])
        if not employer.merged_into_id:
            _code_is_free(fields["uscc"], employer)
    if unknown := set(fields) - {*FIELDS, "name", "uscc"}:
        raise KeyError(*unknown)
    changed = {field: value for field, value in fields.items() if getattr(employer, field) != value}
    if not changed:
        return employer
    before = {_said(field): _plain(getattr(employer, field)) for field in changed}
    if "name" in changed:
        EmployerAlias.objects.get_or_create(employer=employer, name=employer.name, defaults={"key": employer.key})
        changed["key"] = employer_key(changed["name"])
    for field, value in changed.items():
        setattr(employer, field, value)
    employer.save(update_fields=list(changed))
    _index(employer)
    after = {_said(field): _plain(value) for field, value in changed.items() if field != "key"}
    trail.record(f"employer:{employer.pk}", "update", actor=actor, before=before, after=after)
    return employer


def _said(field: str) -> str:
    """A field's name in the trail: plain `name` and `address` are names of personal fields elsewhere."""
    return "employer" if field == "name" else f"employer_{field}"


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


@transaction.atomic
def add_alias(actor: Actor, employer: Employer, name: str) -> EmployerAlias:
    """Another name for an employer. Adding it twice changes nothing."""
    name = clean_name(name)
    alias, created = EmployerAlias.objects.get_or_create(
        employer=employer, name=name, defaults={"key": employer_key(name)}
    )
    if created:
        _index(employer)
        trail.record(f"employer:{employer.pk}", "alias", actor=actor, after={"alias": alias.name})
    return alias


@transaction.atomic
def merge_employers(actor: Actor, kept: Employer, gone: Employer) -> EmployerMerge:
    """Say that two rows are one employer: `gone` points to `kept` from now on and its names become aliases."""
    both = Employer.objects.select_for_update(of=("self",)).filter(pk__in=(kept.pk, gone.pk)).order_by("pk")
    rows = {row.pk: row for row in both}
    if kept.pk == gone.pk or len(rows) != 2:
        raise KernelError(_("请选择两个不同的单位。"))
    kept, gone = rows[kept.pk], rows[gone.pk]
    if kept.merged_into_id or gone.merged_into_id:
        raise KernelError(_("其中一个单位已经合并到别处，请刷新后再试。"))
    if kept.uscc and gone.uscc and kept.uscc != gone.uscc:
        raise KernelError(_("两个单位的统一社会信用代码不同，不能合并。"))
    before: dict[str, Any] = {"uscc": kept.uscc, "union": kept.union_id, "aliases": []}
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
    before["then"] = {"uscc": kept.uscc, "union": kept.union_id}
    _index(kept)
    merge = EmployerMerge.objects.create(kept=kept, gone=gone, at=now(), by_id=actor.account_id, before=before)
    trail.record(f"employer:{kept.pk}", "merge", actor=actor, after={"gone": gone.pk, "employer": gone.name})
    trail.record(f"employer:{gone.pk}", "merged_away", actor=actor, after={"kept": kept.pk, "employer": kept.name})
    return merge


@transaction.atomic
def undo_merge(actor: Actor, merge: EmployerMerge) -> EmployerMerge:
    """Take a merge back: both stand as before it.

    What people changed on the kept one since stays. Raises KernelError when it was undone already, when the kept one
    was itself merged away meanwhile, or when another employer has got the code by now.
    """
    merge = EmployerMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    if merge.undone_at:
        raise KernelError(_("这次合并已经撤销过了。"))
    both = Employer.objects.select_for_update(of=("self",)).filter(pk__in=(merge.kept_id, merge.gone_id)).order_by("pk")
    rows = {row.pk: row for row in both}
    kept, gone = rows[merge.kept_id], rows[merge.gone_id]
    if kept.merged_into_id:
        raise KernelError(_("保留的单位后来又合并到别处，请先撤销那一次合并。"))
    if kept.uscc == merge.before["then"]["uscc"]:
        kept.uscc = merge.before["uscc"]
    if kept.union_id == merge.before["then"]["union"]:
        kept.union_id = merge.before["union"]
    kept.save(update_fields=["uscc", "union"])
    if gone.uscc and Employer.objects.filter(uscc=gone.uscc, merged_into__isnull=True).exists():
        raise KernelError(_("统一社会信用代码已由另一家单位使用，不能撤销。请先核对两家单位的代码。"))
    gone.merged_into = None
    gone.save(update_fields=["merged_into"])
    EmployerAlias.objects.filter(pk__in=merge.before["aliases"]).delete()
    _index(kept)
    merge.undone_at = now()
    merge.save(update_fields=["undone_at"])
    trail.record(f"employer:{kept.pk}", "undo_merge", actor=actor, after={"gone": gone.pk})
    trail.record(f"employer:{gone.pk}", "undo_merge", actor=actor, after={"kept": kept.pk})
    return merge
