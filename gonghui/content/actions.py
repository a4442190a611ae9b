"""What may be done besides the flow's steps: begin a text, write it, add and take out its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import OPENED_AS_IMAGE, drop_stored, save_attachment
from gonghui.content import tables
from gonghui.content.models import Item, ItemFile
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import locked, open_matter, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation

KIND = "content.item"
WRITERS = ("handler", "dispatcher", "leader")
FILES_MOST = 20
FIELDS = (
    "column", "title", "summary", "byline", "origin", "body", "tags", "worker_types", "audience_path", "pinned_until",
    "careful",
)  # fmt: skip


def writes_for(actor: Actor) -> list[Organisation]:
    """The organisations for which somebody may write."""
    return list(Organisation.objects.filter(path__in=actor.paths_as(*WRITERS), active=True).order_by("path"))


def start(actor: Actor, organisation: Organisation, values: Mapping[str, Any]) -> Matter:
    """Begin a text as a draft of this organisation. NotAllowed, or InvalidData beside a field."""
    if organisation.path not in actor.paths_as(*WRITERS):
        raise NotAllowed(_("您不能以这个单位的名义写稿。"))
    given = _checked(values, organisation.path)
    at = now()
    with transaction.atomic(), as_system("whoever writes for this organisation may begin a text"):
        matter = open_matter(
            KIND,
            actor=actor,
            title=given["title"],
            holder_path=organisation.path,
            number=f"NR-{at:%Y%m%d}-{next_number(f'content:{at:%Y%m%d}'):04d}",
            region=organisation.region_id or "",
            at=at,
        )
        Item.objects.create(matter=matter, **given)
    return matter


def _checked(values: Mapping[str, Any], path: str) -> dict[str, Any]:
    given = {name: values[name] for name in FIELDS if name in values}
    errors: dict[str, list[str]] = {}
    if "column" in given and given["column"] not in tables.columns():
        errors["column"] = [_("没有这个栏目。")]
    if "title" in given and not given["title"].strip():
        errors["title"] = [_("请写标题。")]
    audience = given.get("audience_path") or path
    if audience != path and not audience.startswith(f"{path}."):
        errors["audience_path"] = [_("只能发给本单位和下级地区。")]
    if errors:
        raise InvalidData(errors)
    return {**given, "audience_path": audience}


def writable(actor: Actor, matter: Matter) -> bool:
    return matter.state == "draft" and matter.holder_path in actor.paths_as(*WRITERS)


def write(actor: Actor, matter_id: int, values: Mapping[str, Any]) -> Item:
    """Change a draft."""
    with transaction.atomic():
        item = _draft(actor, matter_id)
        with as_system("a writer of the organisation"):
            for name, value in _checked({**_kept(item), **values}, item.matter.holder_path).items():
                setattr(item, name, value)
            item.save()
            item.matter.title = item.title
            touch(item.matter, "write", actor, after={"letters": len(item.body)})
    return item


def _kept(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in FIELDS}


def _draft(actor: Actor, matter_id: int) -> Item:
    matter = locked(matter_id, actor)
    if matter.kind != KIND or not writable(actor, matter):
        raise GuardRefused([_("现在不能改：已经送审，或者不是您单位的稿件。")])
    with as_system("a writer of the organisation"):
        item = Item.objects.get(matter=matter)
    item.matter = matter
    return item


def add_file(actor: Actor, matter_id: int, file: File, alt: str = "", *, cover: bool = False) -> ItemFile:
    """Add a picture (which needs words for who cannot see it) or a paper. InvalidData says what is wrong."""
    with transaction.atomic():
        item = _draft(actor, matter_id)
        with as_system("a writer of the organisation"):
            if item.kept_files.count() >= FILES_MOST:
                raise InvalidData({"file": [_("最多 %(most)d 个文件。") % {"most": FILES_MOST}]})
            try:
                stored = save_attachment(file)
            except InvalidData as error:
                raise InvalidData({"file": error.texts}) from error
            picture = stored.mime in OPENED_AS_IMAGE
            if picture and not alt.strip():
                raise InvalidData({"alt": [_("请写图片说明，看不见图片的人靠它知道图上是什么。")]})
            if cover and not picture:
                raise InvalidData({"cover": [_("封面要是图片。")]})
            if cover:
                item.files.update(cover=False)
            row = ItemFile.objects.create(item=item, alt=alt.strip()[:120], cover=cover, at=now(), **stored.columns)
            touch(item.matter, "add_file", actor, after={"sha256": stored.sha256})
    return row


def drop_file(actor: Actor, matter_id: int, file_id: int) -> None:
    """Take a file out of a draft."""
    with transaction.atomic():
        item = _draft(actor, matter_id)
        with as_system("a writer of the organisation"):
            rows = item.files.filter(pk=file_id)
            if item.live is not None and file_id in item.live.files:
                rows.update(dropped=True, cover=False)
            else:
                remove(rows)
            touch(item.matter, "drop_file", actor)


def remove(rows: QuerySet[ItemFile]) -> None:
    """Files and their rows, for good."""
    drop_stored(*rows.values_list("stored_name", flat=True))
    rows.delete()
