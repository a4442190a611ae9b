"""Personal fields stay in the house: out go signs, back come the fields (脱敏与还原, handbook 0.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from gonghui.brain.identity import find_id_numbers, find_phones
from gonghui.brain.text import ID_OR_CARD, normalise

_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,64}\.[A-Za-z]{2,8}")
_PLATE = re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9]{5,6}(?![A-Z0-9])")
_SURNAME = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦"
    "夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_COMPOUND = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|端木|长孙"
# A name is taken only where the text says that it is one.
_NAME = re.compile(
    rf"(?:(?<=我叫)|(?<=本人叫)|(?<=名叫)|(?<=姓名[:是为])|(?<=联系人[:是])|(?<=投诉人[:是])|(?<=申请人[:是])|(?<=本人))"
    rf"(?P<name>(?:{_COMPOUND}|[{_SURNAME}])[\u4e00-\u9fff]{{1,2}})"
    r"(?=[,,。;、:( )]|$|身份证|电话|是|系|于|在|男|女|手机|[的和跟与也]|[今现]年)"
)
_SIGN = re.compile(r"[⟦\[【〔［{][ ]*([^⟦⟧\[\]【】〔〕［］{}]{1,12}?)[ ]*[⟧\]】〕］}]")


@dataclass
class Masker:
    """One conversation's signs: the same field gets the same sign, and each sign stands for one field."""

    fields: dict[str, str] = field(default_factory=dict)
    _signs: dict[str, str] = field(default_factory=dict)

    def hide(self, text: str) -> str:
        """The text with phones, identity numbers, cards, mail addresses, plates and told names as signs ⟦电话1⟧."""
        text = normalise(text)
        spans: list[tuple[int, int, str]] = []
        for kind, found in (
            ("身份证", [(e.start, e.end) for e in find_id_numbers(text)]),
            ("卡号", [m.span() for m in ID_OR_CARD.finditer(text)]),
            ("电话", [(e.start, e.end) for e in find_phones(text)]),
            ("邮箱", [m.span() for m in _MAIL.finditer(text)]),
            ("车牌", [m.span() for m in _PLATE.finditer(text)]),
            ("姓名", [m.span("name") for m in _NAME.finditer(text)]),
        ):
            spans += [(a, b, kind) for a, b in found if not any(a < y and x < b for x, y, _ in spans)]
        hidden = text
        for start, end, kind in sorted(spans, reverse=True):
            hidden = hidden[:start] + self._sign(kind, text[start:end]) + hidden[end:]
        # A name told once is hidden wherever it stands.
        for value, sign in self._signs.items():
            if sign.startswith("⟦姓名"):
                hidden = hidden.replace(value, sign)
        return hidden

    def show(self, text: str) -> str:
        """The fields back in place, also where a model wrote the brackets otherwise; all else stays as it is."""
        return _SIGN.sub(lambda match: self.fields.get(f"⟦{match.group(1).strip()}⟧", match.group(0)), text)

    def show_all(self, data: Any) -> Any:
        """The same in every text of a JSON value, however deep."""
        if isinstance(data, str):
            return self.show(data)
        if isinstance(data, dict):
            return {self.show(key): self.show_all(value) for key, value in data.items()}
        return [self.show_all(value) for value in data] if isinstance(data, list) else data

    def _sign(self, kind: str, value: str) -> str:
        if value not in self._signs:
            number = sum(sign.startswith(f"⟦{kind}") for sign in self._signs.values()) + 1
            sign = f"⟦{kind}{number}⟧"
            self._signs[value], self.fields[sign] = sign, value
        return self._signs[value]
