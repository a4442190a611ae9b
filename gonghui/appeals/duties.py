"""What the worker does for this room again and again. Clocks and the outbox are the kernel's duties."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import transaction

from gonghui.appeals import archiving, mass, similar, warning
from gonghui.appeals.models import AppealDraft
from gonghui.kernel.times import now
from gonghui.kernel.worker import duty

BATCH = 500
ORPHAN_AGE = timedelta(days=1)
STORED_IN = ("stored_name", "video_name")
OUR_NAME = re.compile(r"[0-9a-f]{32}\.\w+(\.part)?")


@duty("appeals drafts", every=timedelta(minutes=10))
def drop_expired_drafts() -> int:
    """Expired drafts are deleted: they hold what somebody decided not to send."""
    ids = list(AppealDraft.objects.filter(expires_at__lte=now()).values_list("pk", flat=True)[:BATCH])
    return AppealDraft.objects.filter(pk__in=ids).delete()[0] if ids else 0


@duty("appeals mass alerts", every=timedelta(minutes=30))
def refresh_mass_alerts() -> int:
    """Cards of open alerts are brought up to date once a day until cleared (1.9)."""
    with transaction.atomic():
        mass.refresh_open()
    # Updating moves `updated_at`, so another round at once would find nothing.
    return 0


@duty("appeals early warning", every=timedelta(minutes=5), alone=True)
def watch_stream() -> int:
    """The appeals understood since the last round go through the watch (风险预警)."""
    return warning.watch(most=warning.AT_ONCE)


@duty("appeals similar cases", every=timedelta(minutes=1))
def read_cases() -> int:
    """New appeals get their vectors (类似案件)."""
    return similar.make_vectors()


@duty("appeals similar index", every=timedelta(hours=1), alone=True)
def build_similar_index() -> int:
    """Older appeals without vectors get theirs; the index is built anew when much has come since."""
    done = similar.make_vectors(whole=True)
    if not done:
        similar.rebuild_if_due()
    return done


@duty("appeals over their years", every=timedelta(hours=24), alone=True)
def blank_due() -> int:
    return archiving.blank_due()


@duty("appeals orphan files", every=timedelta(hours=6))
def drop_orphan_files() -> int:
    """Files that no row names go after a day: their transaction failed after they were written, or a crash came
    between a deletion and its file (`attachments.drop_stored`).

    Other rooms keep files beside the appeals' (a legal file, a lesson's video): every table with a column of
    `STORED_IN` counts. Only names as we give them are looked at; whatever else lies there is not ours to delete.
    """
    root = Path(settings.MEDIA_ROOT)
    if not root.is_dir():
        return 0
    oldest = (now() - ORPHAN_AGE).timestamp()
    keepers = [(model, one.name) for model in apps.get_models() for one in model._meta.fields if one.name in STORED_IN]
    for folder in root.iterdir():
        if not folder.is_dir():
            continue
        ours = (file for file in folder.iterdir() if OUR_NAME.fullmatch(file.name) and file.is_file())
        names = {f"{folder.name}/{file.name}": file for file in ours if file.stat().st_mtime < oldest}
        asked = list(names)
        for start in range(0, len(asked), BATCH):
            some = asked[start : start + BATCH]
            known = {
                name
                for model, column in keepers
                for name in model._default_manager.filter(**{f"{column}__in": some}).values_list(column, flat=True)
            }
            for name in some:
                if name not in known:
                    names[name].unlink(missing_ok=True)
    return 0
