"""What can go wrong when somebody acts, in words for the person who acted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from gonghui.kernel.models import TrailEntry


class KernelError(Exception):
    """Base of all refusals. `str(error)` is fit to be shown; `code` is stable for programs."""

    code = "refused"

    def __init__(self, message: object = "", code: str | None = None) -> None:
        super().__init__(message)
        if code:
            self.code = code

    def __str__(self) -> str:
        return str(self.args[0])

    @property
    def texts(self) -> list[str]:
        """Every sentence of it that a person should read."""
        return [str(self)]


class NotFound(KernelError):
    """There is no such matter, or this actor may not know that there is one: both look the same from outside."""

    code = "not_found"

    def __init__(self, message: object = _("没有找到这件事项，或者您无权查看。请核对编号或查询码。")) -> None:
        super().__init__(message)


class NotAllowed(KernelError):
    """The actor sees the matter but no duty of theirs permits this."""

    code = "not_allowed"

    def __init__(self, message: object = _("您的岗位不能进行这一步。请联系有权限的同事办理。")) -> None:
        super().__init__(message)


class Conflict(KernelError):
    """Somebody else changed the matter since it was read. `changes` are the trail entries made meanwhile."""

    code = "conflict"

    def __init__(self, changes: list[TrailEntry] | None = None, message: object = "") -> None:
        self.changes = changes or []
        if not message:
            who = "；".join(f"{entry.actor_name or '系统'} {entry.verb}" for entry in self.changes[-3:])
            message = _("您打开之后，这件事项已被更新（%(who)s）。您的操作没有保存，请查看最新情况后再决定。") % {
                "who": who or _("他人")
            }
        super().__init__(message)


class GuardRefused(KernelError):
    """A condition of the flow is not met. `reasons` says each one and what to do about it."""

    code = "guard_refused"

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = [str(reason) for reason in reasons]
        super().__init__("；".join(self.reasons))


class InvalidData(KernelError):
    """Fields are missing or wrong. `errors` maps the field's name to its messages."""

    code = "invalid"

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = {name: [str(text) for text in texts] for name, texts in errors.items()}
        count = len(self.errors)
        super().__init__(ngettext("有 %(count)d 处需要更正。", "有 %(count)d 处需要更正。", count) % {"count": count})

    @property
    def texts(self) -> list[str]:
        """The messages of all fields, one after another."""
        return [text for texts in self.errors.values() for text in texts]


class FlowError(Exception):
    """A flow file is wrong. The message names file, line and cause; the program must not start with it."""

    def __init__(self, file: str, line: int, cause: str) -> None:
        self.file, self.line, self.cause = file, line, cause
        super().__init__(f"{file}:{line}: {cause}")
