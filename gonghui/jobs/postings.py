"""岗位: what is kept of a posting handed in, what is doubtful about it, and what the public and its poster may read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from gonghui.brain.similar import bands, fingerprint, similarity
from gonghui.jobs import checks, matching, tables
from gonghui.jobs.checks import Hit
from gonghui.jobs.models import MONTH_HOURS, BlockedEmployer, Posting, PostingBand, PostingReport
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import act, state_text
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.organisations.regions import stem
from gonghui.services.catalogue import catalogue
from gonghui.services.hooks import keeps, moves
from gonghui.services.models import Application
from gonghui.services.spec import FormField, Service

SERVICE = "J01"
# What a posting has of the form, each under the field's own name.
SAME = (
    "employer", "uscc", "address", "title", "trade", "number", "pay_by", "pay_min", "pay_max", "form", "shift", "hours",
    "board", "certificates", "text", "closes", "hr_name", "hr_phone",
)  # fmt: skip
REPORT_MOST = 500


@keeps(SERVICE)
def keep(actor: Actor, service: Service, application: Application, values: Mapping[str, Any]) -> None:
    """The posting of a form handed in, or handed in again, with what the checks find. An employer on the list of wage
    defaulters is refused at once, with the list and its day."""
    blocked = blocked_now(str(values["uscc"]))
    if blocked is not None:
        raise GuardRefused([blocked_words(blocked)])
    fields: dict[str, Any] = {name: values.get(name) or "" for name in SAME}
    campaign = str(values.get("campaign") or "")
    fields |= {
        "region_id": values["region"],
        "account_id": actor.account_id,
        "insured": values["insured"] == "yes",
        "board": "" if values["board"] == "none" else values["board"],
        "campaign": campaign if campaign in tables.campaigns() else "",
        "handed_in_at": now(),
        "vector": matching.vector_of(f"{values['title']}，{values['text']}"),
    }
    posting, _made = Posting.objects.update_or_create(matter=application.matter, defaults=fields)
    posting.refresh_from_db()
    posting.bands.all().delete()
    keys = bands(fingerprint(f"{posting.title} {posting.text}"))
    PostingBand.objects.bulk_create(PostingBand(posting=posting, key=key) for key in keys)
    posting.checks = [hit.to_dict() for hit in look_over(posting)]
    posting.save(update_fields=["checks"])
    application.matter.title = _title(posting)
    application.matter.save(update_fields=["title"])


@moves(SERVICE)
def posting_moved(application: Application, path: str) -> None:
    """Found where the union is that looks it over."""
    Posting.objects.filter(matter=application.matter).update(region_id=application.region)


def _title(posting: Posting) -> str:
    return f"{posting.title} · {posting.employer}"[:200]


def blocked_now(uscc: str) -> BlockedEmployer | None:
    """The entry that keeps this employer from posting today."""
    day = today()
    return (
        BlockedEmployer.objects.filter(uscc=uscc, listed_on__lte=day)
        .filter(Q(removed_on__isnull=True) | Q(removed_on__gt=day))
        .order_by("listed_on")
        .first()
    )


def blocked_words(row: BlockedEmployer) -> str:
    return _("%(employer)s 在“%(source)s”里（%(day)s 列入），移出以前不能发布岗位。已经移出的，请带证明联系工会。") % {
        "employer": row.employer,
        "source": row.source,
        "day": row.listed_on.isoformat(),
    }


def look_over(posting: Posting) -> list[Hit]:
    """Everything doubtful about a posting: its words, its pay, the employer, who posts, texts it repeats."""
    day = today()
    words = " 。".join([posting.title, posting.text, posting.hours, posting.certificates, posting.address])
    values = {
        "pay_min": posting.pay_min, "pay_max": posting.pay_max, "pay_by": posting.pay_by, "region": posting.region_id,
        "trade": posting.trade, "form": posting.form, "insured": posting.insured,
    }  # fmt: skip
    hits = [*checks.by_words(words), *checks.by_pay(values, day)]
    blocked = blocked_now(posting.uscc)
    if blocked is not None:
        hits.append(Hit("blocked", (f"{blocked.source} {blocked.listed_on.isoformat()}",)))
    same = Posting.objects.filter(uscc=posting.uscc, published_at__isnull=False).exclude(pk=posting.pk)
    if not same.filter(account_id=posting.account_id or 0).exists():
        hits.append(Hit("first"))
    if same.exclude(account_id=posting.account_id or 0).exists():
        hits.append(Hit("other_account"))
    repeated = _repeated(posting)
    if repeated:
        hits.append(Hit("repeated", tuple(f"{row.matter.number} {row.employer}" for row in repeated)))
    order = list(checks.checks())
    return sorted(hits, key=lambda hit: (not hit.check.serious, order.index(hit.code)))


def _repeated(posting: Posting) -> list[Posting]:
    """Other employers' postings whose text is nearly this one."""
    keys = posting.bands.values_list("key", flat=True)
    rows = (
        Posting.objects.filter(bands__key__in=list(keys))
        .exclude(uscc=posting.uscc)
        .select_related("matter")
        .distinct()
        .order_by("-pk")[:50]
    )
    text = f"{posting.title} {posting.text}"
    least = tables.numbers().same_text
    return [row for row in rows if similarity(text, f"{row.title} {row.text}") >= least][: checks.MOST_SEEN]


# What everybody may read.


@dataclass(frozen=True)
class Asked:
    """What a list of jobs is narrowed by. Empty: not at all."""

    q: str = ""
    region: str = ""
    trade: str = ""
    shift: str = ""
    pay: int = 0
    insured: bool = False
    campaign: str = ""


def listed(asked: Asked) -> list[Posting]:
    """Open postings that fit, the newest first; with words those whose words or meaning are near, the nearest first."""
    rows = Posting.objects.filter(open=True, closes__gte=today()).select_related("region", "matter")
    if asked.region:
        rows = rows.filter(region_id__startswith=stem(asked.region))
    for name in ("trade", "shift", "campaign"):
        if getattr(asked, name):
            rows = rows.filter(**{name: getattr(asked, name)})
    if asked.insured:
        rows = rows.filter(insured=True)
    if asked.pay:
        hour = Decimal(asked.pay) / MONTH_HOURS
        rows = rows.filter(Q(pay_by="month", pay_max__gte=asked.pay) | Q(pay_by="hour", pay_max__gte=hour))
    most = tables.numbers().list_most
    with as_system("open postings are public, their matters are not"):
        found = list(rows.order_by("-published_at", "-pk")[: 2000 if asked.q else most])
    return found_by(asked.q, found)[:most] if asked.q else found


def found_by(words: str, rows: list[Posting]) -> list[Posting]:
    """The rows that answer to somebody's words, the nearest first."""
    if not rows:
        return []
    trades = matching.trades_in(words)
    like = matching.meaning(matching.vector_of(words), [bytes(row.vector) for row in rows])
    words_like = np.array([matching.by_words(words, _said(row)) for row in rows])
    trade_like = np.array([row.trade in trades for row in rows], dtype=float)
    weigh = matching.SEARCH
    scores = weigh["words"] * words_like + weigh["meaning"] * like + weigh["trade"] * trade_like
    enough = (words_like >= matching.WORDS_ENOUGH) | (like >= matching.MEANING_ENOUGH) | (trade_like > 0)
    enough &= scores >= matching.OF_BEST * scores.max()
    return [rows[int(at)] for at in np.argsort(-scores, kind="stable") if enough[at]]


def _said(row: Posting) -> str:
    """Everything of a posting that somebody may search for, in words."""
    words = [word_for(name, getattr(row, name)) for name in ("board", "shift", "form")]
    insured = "缴社会保险 五险 社保" if row.insured else ""
    place = row.region.full_name
    return " ".join([row.title, row.employer, row.text, row.hours, row.certificates, place, insured, *words])


def regions_with_jobs() -> list[str]:
    """Codes of the counties with open postings, and of their cities."""
    codes = set(Posting.objects.filter(open=True).values_list("region_id", flat=True).order_by().distinct())
    return sorted(codes | {f"{code[:4]}00" for code in codes})


def public(posting_id: int) -> Posting:
    """An open posting, as everybody may read it. NotFound otherwise."""
    with as_system("open postings are public, their matters are not"):
        found = Posting.objects.select_related("region", "matter").filter(pk=posting_id).first()
    if found is None or not found.open:
        raise NotFound(_("这个岗位已经下线。"))
    return found


def word_for(name: str, code: str) -> str:
    """The words of a choice of the posting's form."""
    if not code:
        return ""
    spec: FormField = catalogue().services[SERVICE].field(name)
    return next((str(choice) for choice in spec.choices if choice.code == code), code)


def pay_words(posting: Posting) -> str:
    unit = _("元/小时") if posting.pay_by == "hour" else _("元/月")
    low, high = (f"{value:.2f}".removesuffix(".00") for value in (posting.pay_min, posting.pay_max))
    return f"{low} {unit}" if low == high else f"{low}–{high} {unit}"


# What its poster may read and do.


def own(actor: Actor, posting_id: int) -> Posting:
    """A posting of the actor's own. NotFound for anybody else's."""
    with as_system("whose it is is asked in the query"):
        found = (
            Posting.objects.select_related("region", "matter")
            .filter(pk=posting_id, account_id=actor.account_id or 0)
            .first()
        )
    if found is None or actor.kind != "worker":
        raise NotFound
    return found


def own_list(actor: Actor, most: int = 50) -> list[tuple[Posting, str, int]]:
    """(posting, its state in plain words, how many applied) of the actor's own, the newest first."""
    if actor.kind != "worker" or actor.account_id is None:
        return []
    with as_system("the actor's own postings"):
        rows = (
            Posting.objects.select_related("matter")
            .filter(account_id=actor.account_id)
            .annotate(count=Count("applications"))
            .order_by("-handed_in_at", "-pk")[:most]
        )
        return [(row, state_text(row.matter, for_worker=True), row.count) for row in rows]


def report(actor: Actor, posting_id: int, reason: str, text: str) -> PostingReport:
    """举报. The union looks at it; reports of several people take the posting off the list until it has."""
    posting = public(posting_id)
    if actor.kind != "worker" or actor.account_id is None:
        raise NotAllowed(_("请先登录，再举报。没有登录也可以拨打 12351。"))
    if reason not in tables.reasons():
        raise InvalidData({"reason": [_("请选择哪里不对。")]})
    if len(text) > REPORT_MOST:
        raise InvalidData({"report_text": [_("最多 %(most)d 个字。") % {"most": REPORT_MOST}]})
    if posting.account_id == actor.account_id:
        raise GuardRefused([_("这是您自己发布的岗位，要下线请到“发布岗位”。")])
    try:
        with as_system("anybody may report a posting"), transaction.atomic():
            row = PostingReport.objects.create(
                posting=posting, account_id=actor.account_id, reason=reason, report_text=text.strip(), at=now()
            )
            open_ = PostingReport.objects.filter(posting=posting, settled_at__isnull=True).count()
            if open_ >= tables.numbers().reports_to_pause and posting.matter.state == "published":
                act(posting.matter_id, "pause", SYSTEM)
    except IntegrityError:
        raise GuardRefused([_("您已经举报过这个岗位，工会正在核查。")]) from None
    return row


def settle_reports(actor: Actor, posting: Posting, *, upheld: bool, at: Any = None) -> int:
    """The open reports of a posting are answered. Their writers were told nothing else before."""
    with as_system("the union that holds the posting answers"):
        rows = PostingReport.objects.filter(posting=posting, settled_at__isnull=True)
        return rows.update(settled_at=at or now(), upheld=upheld)


def days_left(posting: Posting, day: date) -> int:
    return (posting.closes - day).days


def hits_of(posting: Posting) -> list[Hit]:
    return checks.told(posting.checks)


def serious_hits(rows: Iterable[Mapping[str, Any]]) -> list[Hit]:
    return checks.serious(checks.told(rows))
