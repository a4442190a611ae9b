"""草稿: what somebody has begun to write, kept for some days under a random key (handbook 1.2, data: draft_days)."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from gonghui.appeals.intake import limit
from gonghui.appeals.models import Appeal, AppealDraft
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import KernelError
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now as present


class DraftExpired(KernelError):
    """The draft's time is over, or there never was one with this key."""

    code = "draft_expired"

    def __init__(self, message: object = _("这份草稿已过期。为保护您的信息，过期的草稿会被删除，请重新填写。")) -> None:
        super().__init__(message)


def save_draft(actor: Actor, content: dict[str, Any], *, token: str | None = None, step: str = "") -> AppealDraft:
    """Keep the answers so far; a new draft gets a new token. Raises DraftExpired for an unknown or old token."""
    at = present()
    with as_system("the token is the key to a draft"):
        draft = load_draft(token) if token else AppealDraft(token=secrets.token_urlsafe(32), created_at=at)
        draft.content = json.dumps(content, ensure_ascii=False, default=str)
        draft.step = step[:24]
        draft.updated_at = at
        draft.expires_at = at + timedelta(days=limit("draft_days"))
        if actor.kind == "worker":
            draft.owner_id = actor.account_id
        draft.save()
        return draft


def load_draft(token: str) -> AppealDraft:
    with as_system("the token is the key to a draft"):
        draft = AppealDraft.objects.select_related("appeal").filter(token=token[:64]).first()
    if draft is None or (draft.expires_at <= present() and draft.appeal_id is None):
        raise DraftExpired
    return draft


def draft_content(draft: AppealDraft) -> dict[str, Any]:
    return json.loads(draft.content) if draft.content else {}


def finish_draft(draft: AppealDraft, appeal: Appeal) -> None:
    """The draft became an appeal: its content goes, the pointer stays so that a second click finds the result."""
    with as_system("the token is the key to a draft"):
        draft.appeal, draft.content, draft.updated_at = appeal, "", present()
        draft.save(update_fields=["appeal", "content", "updated_at"])
