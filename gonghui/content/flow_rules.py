"""Everything the room's flow names: what a text must be before it is read by others, its release and correction."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.content import actions, tables
from gonghui.content.models import Item, Revision
from gonghui.content.rendering import pictures_in
from gonghui.kernel.flow import effect, guard, limit
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context, set_fields
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now
from gonghui.law.store import LawStore

# What a version keeps of the item: what is read, and by whom.
SHOWN = ("title", "summary", "byline", "origin", "body")
MEANT = ("column", "tags", "worker_types", "audience_path", "pinned_until")
_ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def item_for(matter: Matter) -> Item:
    return Item.objects.select_related("live").get(matter_id=matter.pk)


def item_of(ctx: Context) -> Item:
    return ctx.once(item_for)


def written(item: Item) -> str:
    """All that readers will see of it, words of pictures and names of papers too."""
    files = [text for row in item.kept_files for text in (row.alt, row.original_name)]
    texts = (item.title, item.summary, item.body, item.byline, item.origin, item.why_text, *map(str, item.tags), *files)
    return "\n\n".join(texts)


@guard("content.whole")
def whole(ctx: Context, args: Any) -> str | None:
    item = item_of(ctx)
    if not item.title or not item.body.strip():
        return _("标题和正文都要写。")
    known = set(item.kept_files.values_list("pk", flat=True))
    missing = [str(number) for number in pictures_in(item.body) if number not in known]
    return _("正文里的图%(numbers)s没有上传，或者已经删掉。") % {"numbers": "、".join(missing)} if missing else None


def style_hits(item: Item) -> list[tables.Found]:
    return tables.found_in(written(item))


def said_of(hits: list[tables.Found]) -> str:
    """The words that were found, each with its reason."""
    return "；".join(f"“{hit.word.word}”：{hit.word}" for hit in hits)


@guard("content.words")
def words(ctx: Context, args: Any) -> str | None:
    """敏感词: some never go out; others only after the writer has confirmed them."""
    item = item_of(ctx)
    hits = style_hits(item)
    if stopped := [hit for hit in hits if hit.word.level == "stop"]:
        return said_of(stopped)
    if hits and not item.careful:
        asked = "、".join(f"“{hit.word.word}”" for hit in hits)
        return _("%(words)s要核对。改掉，或者在写稿页勾选“用词已核对”。") % {"words": asked}
    return None


def unresolved(item: Item) -> list[str]:
    """The citations of law in a text that lead to no article."""
    store = LawStore.default()
    return [
        f"{citation.law}第{citation.number}条{citation.suffix}"
        for citation in store.citations.find(written(item))
        if store.by_number(citation.law, citation.number, citation.suffix) is None
    ]


@guard("content.citations")
def citations(ctx: Context, args: Any) -> str | None:
    """A law's article that is not there is never printed."""
    item = item_of(ctx)
    if not tables.columns()[item.column].law:
        return None
    wrong = unresolved(item)
    return _("没有找到这些法条，请核对：%(list)s") % {"list": "、".join(wrong)} if wrong else None


def personal_number(text: str) -> str | None:
    """What to say of an identity or mobile number in words that go out; None where there is none."""
    if _ID_NUMBER.search(text):
        return _("里面有身份证号，请删掉。")
    return _("里面有手机号码，请删掉；要留联系方式，请写单位的座机或 12351。") if _MOBILE.search(text) else None


@guard("content.no_personal_data")
def no_personal_data(ctx: Context, args: Any) -> str | None:
    return personal_number(written(item_of(ctx)))


@guard("content.in_future")
def in_future(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    return _("这个时间已经过了；马上发请选“立即发布”。") if ctx.data["publish_at"] <= ctx.now else None


@guard("content.is_public")
def is_public(ctx: Context, args: Any) -> str | None:
    return None if item_of(ctx).live_id is not None else _("还没有发布过。")


@guard("content.not_public")
def not_public(ctx: Context, args: Any) -> str | None:
    return _("已经发布过的，请用“撤稿”或“放弃更正”。") if item_of(ctx).live_id is not None else None


@effect("content.set_time")
def set_time(ctx: Context, args: Any) -> None:
    set_fields(item_of(ctx), publish_at=ctx.data["publish_at"])


@limit("content.limit_release")
def limit_release(matter: Matter) -> Limit:
    """Until the moment that was set."""
    at = item_for(matter).publish_at
    left = (at - now()) if at is not None else timedelta(0)
    return Limit(minutes=max(Decimal(1), Decimal(int(left.total_seconds())) / 60))


@effect("content.release")
def release(ctx: Context, args: Any) -> None:
    """发布: the text as it stands becomes a version, and the version is what everybody reads."""
    item = item_of(ctx)
    number = item.revisions.count() + 1
    files = list(item.kept_files.order_by("pk"))
    row = Revision.objects.create(
        item=item, number=number, why_text=item.why_text, released_at=ctx.now,
        files=[file.pk for file in files], cover=next((file.pk for file in files if file.cover), None),
        **{name: getattr(item, name) for name in (*SHOWN, *MEANT)},
    )  # fmt: skip
    set_fields(item, live=row, publish_at=None, why_text="")
    actions.remove(item.files.filter(dropped=True))
    ctx.record(revision=number)


@effect("content.begin_correction")
def begin_correction(ctx: Context, args: Any) -> None:
    set_fields(item_of(ctx), why_text=ctx.data["why"])


@effect("content.restore")
def restore(ctx: Context, args: Any) -> None:
    """The draft is again what is public."""
    item = item_of(ctx)
    live = item.live
    assert live is not None, "the guard has seen it"
    set_fields(item, why_text="", **{name: getattr(live, name) for name in (*SHOWN, *MEANT)})
    actions.remove(item.files.exclude(pk__in=live.files))
    for file in item.files.all():
        set_fields(file, dropped=False, cover=file.pk == live.cover)


@effect("content.take_down")
def take_down(ctx: Context, args: Any) -> None:
    set_fields(item_of(ctx), live=None)
