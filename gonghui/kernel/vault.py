"""保险柜: personal fields (🔒, handbook 0.5) encrypted at rest, found by blind index, masked in lists.

Encryption is Fernet (AES-128-CBC with HMAC-SHA256) with `settings.VAULT_KEYS`, newest first: the newest encrypts, all
decrypt. `rotate` brings every value to the newest key. A blind index is an HMAC of the normalised value with a key of
its own: equal values have equal indexes, and nothing else can be learnt from them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.db.models.lookups import Exact
from django.utils.encoding import force_bytes
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.scope import as_system

BATCH = 500
_personal: set[str] = set()


class CannotDecrypt(Exception):
    """A stored value fits none of the configured keys: the key it was written with is missing."""


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(force_bytes(key)) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "GONGHUI_VAULT_KEYS is empty or holds a key that is not 32 url-safe base64 bytes; make one with "
            '`python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"`'
        ) from error


def cipher() -> MultiFernet:
    return _cipher(tuple(settings.VAULT_KEYS))


def encrypt(text: str) -> str:
    return cipher().encrypt(text.encode()).decode("ascii")


def decrypt(token: str) -> str:
    """The text of a stored token. Raises CannotDecrypt when no configured key fits."""
    try:
        return cipher().decrypt(token.encode("ascii")).decode()
    except (InvalidToken, UnicodeEncodeError) as error:
        raise CannotDecrypt(
            "a personal field cannot be decrypted: the key it was written with is not in GONGHUI_VAULT_KEYS"
        ) from error


class EncryptedTextField(models.TextField):
    """A text that is only ever encrypted in the database. Empty stays empty. Cannot be searched: use a blind index."""

    def contribute_to_class(self, cls: type[models.Model], name: str, *args: Any, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, *args, **kwargs)
        _personal.add(name)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        try:
            return decrypt(value) if value else value
        except CannotDecrypt as error:
            # `model` is missing while a migration rebuilds the table.
            owner = getattr(getattr(self, "model", None), "_meta", None)
            raise CannotDecrypt(f"{owner.label if owner else ''}.{self.name}: {error}") from error

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        if lookup_name == "exact":
            return IsEmpty
        raise TypeError(f"{self.name} is encrypted and cannot be searched with {lookup_name!r}")


class IsEmpty(Exact):
    """`filter(phone="")`: the one comparison that means something, for every encryption of a text looks different."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise TypeError(f"{self.lhs.output_field.name} is encrypted: search its blind index")
        return ""


class BlindIndexField(models.CharField):
    """The blind index of another field of the same row, kept up on every save.

    `save(update_fields=…)` must name this field beside its source, as with every field that Django fills in.
    """

    def __init__(self, *args: Any, source: str = "", kind: str = "", **kwargs: Any) -> None:
        self.source, self.kind = source, kind
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source, "kind": self.kind}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = blind_index(self.kind, getattr(model_instance, self.source))
        setattr(model_instance, self.attname, value)
        return value


def personal_field_names() -> frozenset[str]:
    """Names of all encrypted fields of all models."""
    return frozenset(_personal)


def normalise(kind: str, value: str) -> str:
    """One spelling for what is the same phone or number: `+86 138-0013-8000` and `13800138000`."""
    text = re.sub(r"[\s\-()（）]", "", value or "").upper()
    if kind == "phone":
        text = re.sub(r"^(\+86|0086|86(?=1\d{10}$))", "", text)
    return text


def blind_index(kind: str, value: str | None) -> str:
    """Hex HMAC-SHA256 of the normalised value; empty for an empty value. Kinds keep apart: a phone is no ID number."""
    text = normalise(kind, value or "")
    if not text:
        return ""
    return hmac.new(force_bytes(settings.VAULT_INDEX_KEY), f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()


def hash_of_secret(secret: str) -> str:
    """Hex SHA-256 of a key or token of ours: they are long and random, so that a plain hash cannot be guessed back and
    costs nothing on each request."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def mask_phone(value: str | None) -> str:
    """`13800138000` → `138****8000`; shorter numbers keep their last two digits."""
    text = value or ""
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 11 else "*" * max(0, len(text) - 2) + text[-2:]


def mask_id(value: str | None) -> str:
    """Region and last character stay: `52010219900307123X` → `520102***********X`."""
    text = value or ""
    return text[:6] + "*" * (len(text) - 7) + text[-1:] if len(text) > 8 else "*" * len(text)


# Mobile numbers and identity numbers as people type them into a sentence; \d takes full-width digits too.
_IN_TEXT = re.compile(r"(?<![\dA-Za-z])(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\d{17}[\dXx])(?![\dA-Za-z])")


def mask_in_text(text: str) -> str:
    """The text with mobile and identity numbers masked, for what is kept in clear (reasons, notes of the trail)."""

    def hide(match: re.Match[str]) -> str:
        digits = re.sub(r"[ -]", "", match[0])
        return mask_id(digits) if len(digits) == 18 else mask_phone(digits)

    return _IN_TEXT.sub(hide, text)


def mask_name(value: str | None) -> str:
    """`王小明` → `王**`."""
    text = value or ""
    return text[:1] + "*" * (len(text) - 1)


def mask(value: str | None, kind: str) -> str:
    """Mask by kind: phone, id_no, name; anything else shows only how long it is."""
    masks = {"phone": mask_phone, "id_no": mask_id, "name": mask_name}
    return masks[kind](value) if kind in masks else "*" * min(8, len(value or ""))


def unmask(actor: Actor, obj: models.Model, field: str, reason: str, *, matter: Any = None) -> str:
    """The value in clear, with who looked and why in the trail. InvalidData when no reason is given.

    Whether this actor may look at all is for the caller to decide first.
    """
    reason = (reason or "").strip()
    if len(reason) < 2:
        raise InvalidData({"reason": [_("请写明查看的理由，会记入留痕。")]})
    with transaction.atomic():
        if matter is not None:
            from gonghui.kernel.matters import locked

            matter = locked(matter.pk, actor)
        trail.record(
            f"matter:{matter.pk}" if matter is not None else f"{obj._meta.label_lower}:{obj.pk}",
            "unmask",
            actor=actor,
            matter=matter,
            after={"what": f"{obj._meta.label_lower}:{obj.pk}.{field}"},
            note=mask_in_text(reason)[:500],
        )
    return getattr(obj, field) or ""


def _models_with(kind: type[models.Field]) -> Iterator[tuple[type[models.Model], list[Any]]]:
    for model in apps.get_models():
        fields = [item for item in model._meta.concrete_fields if isinstance(item, kind)]
        if fields and model._meta.managed:
            yield model, fields


def sample(rows: int) -> int:
    """Read the oldest and the newest rows of every encrypted column; return how many values were read.

    Raises CannotDecrypt, naming the column, when a key is missing.
    """
    seen = 0
    for model, fields in _models_with(EncryptedTextField):
        names = [item.attname for item in fields]
        with as_system("keys are checked on any row"):
            for order in ("pk", "-pk"):
                found = model._base_manager.order_by(order).values_list(*names)[:rows]
                seen += sum(1 for values in found for value in values if value)
    return seen


def rotate() -> int:
    """Encrypt every personal value anew with the newest key, in batches; return how many rows were written.

    Safe to interrupt and to repeat, and to run beside web and worker. Afterwards the older keys may go.
    """
    written = 0
    for model, fields in _models_with(EncryptedTextField):
        written += _rewrite(model, {item.attname: _as_it_is(item.attname) for item in fields}, [])
    return written


def reindex() -> int:
    """Compute every blind index anew (after GONGHUI_VAULT_INDEX_KEY changed); return how many rows were written."""
    written = 0
    for model, fields in _models_with(BlindIndexField):
        written += _rewrite(model, {item.attname: _index_of(item) for item in fields}, [item.source for item in fields])
    return written


def _as_it_is(name: str) -> Callable[[models.Model], str]:
    return lambda row: getattr(row, name)


def _index_of(field: BlindIndexField) -> Callable[[models.Model], str]:
    return lambda row: blind_index(field.kind, getattr(row, field.source))


def _rewrite(model: type[models.Model], values: dict[str, Callable[[models.Model], str]], read: list[str]) -> int:
    """Write some columns of every row again, locking a batch at a time. Nothing else of the row is touched.

    `values` says how each column is made from the row, `read` what must be read for that besides.
    """
    written, last = 0, None
    # The base manager: a room's own default manager may hide rows, and a hidden row must not lose its key either.
    everything = model._base_manager.order_by("pk").only("pk", *values, *read)
    while True:
        with transaction.atomic(), as_system("keys are changed for every row"):
            rows = everything.select_for_update(of=("self",))
            batch = list((rows if last is None else rows.filter(pk__gt=last))[:BATCH])
            for row in batch:
                fresh = {name: make(row) for name, make in values.items()}
                model._base_manager.filter(pk=row.pk).update(**fresh)
        if not batch:
            return written
        written, last = written + len(batch), batch[-1].pk
