"""附件 of a form: kept as soon as they are sent, so that an error in another field loses none; read by who handles the
application. An application names its files by their rows' numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import drop_stored, open_stored, save_attachment
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.scope import as_system, visible_to
from gonghui.kernel.times import now
from gonghui.services.models import FormFile
from gonghui.services.spec import Service

MOST = 3
ACCEPT = "image/jpeg,image/png,image/webp,application/pdf"
Reader = Callable[[Actor, FormFile], bool]
_readers: list[Reader] = []


def file_reader(function: Reader) -> Reader:
    """`@file_reader` — a room above says who else may read the files of its applications: `f(actor, file) -> bool`."""
    if function not in _readers:
        _readers.append(function)
    return function


class FilesInput(forms.FileInput):
    """What was sent before, each with a tick to keep it, and a place for more."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[list[Any], list[Any]]:
        kept = data.getlist(name) if hasattr(data, "getlist") else data.get(name) or []
        return list(kept), list(files.getlist(name)) if hasattr(files, "getlist") else []

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


class FilesField(forms.Field):
    """Cleaned: the numbers of the files, the kept ones first. `account_id`: whose they must be."""

    widget = FilesInput
    takes_files = True

    def __init__(self, *, account_id: int | None, service: str, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.account_id, self.service, self.most = account_id, service, most
        self.kept: list[int] | None = None
        self.widget.attrs.update({"multiple": most > 1, "accept": ACCEPT, "data-most": most})

    def clean(self, value: Any) -> list[int]:
        kept, sent = value
        self.kept = [row.pk for row in own_files(self.account_id, kept)]
        if len(self.kept) + len(sent) > self.most:
            raise ValidationError(_("最多 %(most)d 个文件，请去掉一些再传。") % {"most": self.most})
        wrong: list[str] = []
        for file in sent:
            try:
                self.kept.append(keep_file(self.account_id, self.service, file).pk)
            except InvalidData as error:
                wrong.extend(error.texts)
        if wrong:
            raise ValidationError(wrong)
        if self.required and not self.kept:
            raise ValidationError(_("请上传这一项的照片或 PDF。"))
        return self.kept

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data[0] if self.kept is None else self.kept

    @property
    def held(self) -> list[FormFile]:
        """The files to show beside the field."""
        return own_files(self.account_id, self.kept or [])


def own_files(account_id: int | None, numbers: Iterable[Any]) -> list[FormFile]:
    """The files of these numbers that are this account's; others are left out."""
    asked = [int(number) for number in numbers if str(number).isdigit()]
    if account_id is None or not asked:
        return []
    with as_system("one's own files"):
        found = {row.pk: row for row in FormFile.objects.filter(pk__in=asked, account_id=account_id)}
    return [found[number] for number in asked if number in found]


def keep_file(account_id: int | None, service: str, file: File) -> FormFile:
    """Check and store one file for a form that is being filled in. InvalidData says what is wrong with it."""
    stored = save_attachment(file)
    with as_system("one's own file"):
        return FormFile.objects.create(
            account_id=account_id,
            service=service,
            **stored.columns,
            at=now(),
        )


def drop_files(rows: QuerySet[FormFile]) -> None:
    """Delete these rows, and what they keep on the disk once that has committed."""
    names = list(rows.values_list("stored_name", flat=True))
    rows.delete()
    drop_stored(*names)


def numbers_in(service: Service, values: Mapping[str, Any]) -> list[int]:
    """The files that a form names, in the form's order."""
    return [number for spec in service.fields if spec.type == "file" for number in values.get(spec.name) or []]


def named(numbers: Iterable[Any]) -> list[FormFile]:
    """The files of an application. The caller has checked the right to read it."""
    with as_system("the caller may read the application"):
        found = {row.pk: row for row in FormFile.objects.filter(pk__in=list(numbers))}
    return [found[number] for number in numbers if number in found]


def open_file(actor: Actor, file_id: int) -> tuple[FormFile, IO[bytes]]:
    """A file for its owner, for staff of the union that handles its application, or for whom a room names. NotFound for
    all others."""
    with as_system("who may read it is asked next"):
        row = FormFile.objects.select_related("application__matter").filter(pk=file_id).first()
    if row is None or not _may_read(actor, row):
        raise NotFound
    return row, open_stored(row.stored_name)


def _may_read(actor: Actor, row: FormFile) -> bool:
    if actor.kind == "worker" and actor.account_id is not None and row.account_id == actor.account_id:
        return True
    if row.application is not None and any(reader(actor, row) for reader in _readers):
        return True
    from gonghui.services.queries import reads_clear

    matter = row.application.matter if row.application is not None else None
    if matter is None or actor.kind != "staff":
        return False
    return reads_clear(actor, matter) and visible_to(actor).filter(pk=matter.pk).exists()
