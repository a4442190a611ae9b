"""What may be wrong with a partner's catalogue, in words: what it is, and what to do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gonghui.kernel.errors import KernelError

_TELL = _("请告诉对方的管理员，把下面的细节一并转告。")
_ASK_KEY = _("请用电话等另外的途径向对方核对新的密钥指纹，核对一致后重新登记。核对以前不要更换。")
SAID: dict[str, tuple[Any, Any]] = {
    "unreachable": (_("连不上对方。"), _("会自动再试。一直连不上时，请核对网址，并问对方网站是否正常。")),
    "private": (_("对方的网址指向内部网络。"), _("只能登记公网网址。请核对网址。")),
    "status": (_("对方没有给出目录。"), _("请核对网址，并问对方是否已经开通目录交换。")),
    "redirected": (_("对方把我们引向别的网址，没有跟去。"), _("请向对方问清现在的网址，核对后重新登记。")),
    "announcement": (_("对方的公告（密钥和目录地址）看不懂。"), _TELL),
    "not_signed": (_("对方给出的不是签名的目录。"), _TELL),
    "unknown_key": (_("签名用的不是我们登记的密钥，对方也没有用原密钥为新密钥作保。"), _ASK_KEY),
    "bad_signature": (_("签名不对：目录在路上被改过，或者是伪造的。"), _ASK_KEY),
    "issuer": (_("目录里写的发布网址不是这个单位的。"), _TELL),
    "audience": (_("这份目录不是给我们的。"), _TELL),
    "organisation": (_("目录里写的工会与登记时的不是同一个。"), _TELL),
    "expired": (
        _("取到的目录已经过期。"),
        _("会自动再取。已收下的那一期到期以后，对方的服务就不再显示；一直过期时，请问对方的后台进程是否正常。"),
    ),
    "early": (_("目录的签发时间在以后。"), _("请核对双方的时钟。")),
    "validity": (_("目录的有效期太长，或者到期早于签发。"), _TELL),
    "replayed": (_("这是一份旧目录：序号比我们已经收下的小。"), _("可能有人重放旧目录。请问对方现在的序号。")),
    "same_serial": (_("同一个序号有两份不同的目录。"), _TELL),
    "schema": (_("目录的格式不对。"), _TELL),
    "address": (_("有服务的网址不在对方自己的网站上。"), _TELL),
    "region": (_("有服务的地区不归对方。"), _TELL),
    "stranger": (
        _("发来统计的不是正在交换的下级工会。"),
        _("请核对双方是否都已经确认交换，工会的上下级是否登记得对。"),
    ),
    "figures": (
        _("上级平台没有收下我们的每日统计。"),
        _("会自动再发。一直不收时，请把下面的细节告诉上级平台的管理员。"),
    ),
    "doubled": (_("同一项服务列了两次。"), _TELL),
}


class WrongCatalogue(KernelError):
    """A catalogue that is not accepted: `code` is one of SAID, `detail` says where in it, like a file and line."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.detail = detail[:500]
        super().__init__(SAID[code][0], code)


def said(code: str) -> str:
    return str(SAID[code][0]) if code in SAID else code


def advice(code: str) -> str:
    return str(SAID[code][1]) if code in SAID else ""
