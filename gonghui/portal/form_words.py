"""What the scripts of a form say, and the limits of files they hold to."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from gonghui.appeals.actions.attachments import ALLOWED
from gonghui.services import files

# Of the longest request, so much is left for what is typed.
TYPED_BYTES = 1024 * 1024


# What browsers call the recordings that an appeal takes (`appeals.actions.attachments.ALLOWED`).
SOUNDS = ("audio/mp3", "audio/wav", "audio/wave", "audio/x-m4a", "audio/x-aac", "audio/3gpp", "audio/AMR")


def appeal_words() -> dict[str, Any]:
    """The same for the files of an appeal, which may be recordings too."""
    return {
        **form_words(),
        "kinds": [*ALLOWED, *SOUNDS],
        "wrong_kind": _("“{name}”不是照片、PDF 或录音，没有放进来。"),
    }


def form_words() -> dict[str, Any]:
    """What the scripts of a form say, and the limits of files: those that the server holds to."""
    return {
        "bytes": settings.ATTACHMENT_MAX_BYTES,
        "total": settings.REQUEST_MAX_BYTES - TYPED_BYTES,
        "kinds": files.ACCEPT.split(","),
        "remove_row": _("去掉这一行"),
        "row": _("第 {n} 行"),
        "rows_most": _("最多填 {n} 行。"),
        "remove_file": _("去掉"),
        "too_many": _("最多 {n} 个文件，“{name}”没有放进来。"),
        "too_big": _("“{name}”有 {size} MB，每个最多 {n} MB，没有放进来。可以缩小图片再选。"),
        "too_big_together": _("这一页的文件合起来最多 {n} MB，“{name}”没有放进来。"),
        "wrong_kind": _("“{name}”不是 JPG、PNG、WebP 照片或 PDF，没有放进来。"),
        "empty": _("“{name}”是空文件，没有放进来。"),
        "full": _("这台手机的存储空间不够，没有全存下。请腾出一些空间再试；先不要关掉这一页，有网络时可以直接送出。"),
        "kept": _("已加密存在这台手机上，{day} 前没有送出就删掉。"),
        "nothing": _("这台手机上没有存。"),
        "no_network": _("没有网络，还没送出。已加密存在这台手机上，有网络时打开这一页再点一次。"),
        "online": _("有网络了，请再点一次“存下来并送出”。"),
        "not_kept": _("不存在手机上，送的时候再填。"),
        "sending": _("正在送出，请不要关掉这一页。"),
        "other": _("这台手机上存的是另一个账号写的，已经删掉。"),
        "ago": _("（{ago}）"),
    }
