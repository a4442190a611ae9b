"""A cause for which a file is refused, once more in plain words: the check at start speaks to programmers."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy

# The first that fits is told; the cause itself stands beside it.
PLAIN: tuple[tuple[str, Any], ...] = (
    (r"only together with", gettext_lazy("单看这个文件没有错，和后面写的那个文件合起来才不对。")),
    (r"to drop here", gettext_lazy("要去掉的东西上一级没有。")),
    (r"which is not in use|there is no version", gettext_lazy("地区差异写给了没有的版本，请看 layer 里的 of。")),
    (r"is no code of a place", gettext_lazy("地区代码是 2、4、6 或 9 位数字。")),
    (r"Field required", gettext_lazy("缺少这一项。")),
    (r"Extra inputs are not permitted", gettext_lazy("没有这一项，请核对名字的写法。")),
    (r"not valid YAML", gettext_lazy("YAML 写法不对：看看缩进、冒号和引号。")),
    (r"the file is empty", gettext_lazy("文件是空的。")),
    (r"larger than|nested deeper|more than \d+ values|alias of what", gettext_lazy("文件太大或嵌套太深。")),
    (r"^tags such as", gettext_lazy("不能用 YAML 标签（! 开头的写法）。")),
    (r"stands? twice", gettext_lazy("同一个名字写了两次。")),
    (r"no CEL expression|cannot be judged|is no condition", gettext_lazy("规则的写法不对，请照说明写成 CEL 表达式。")),
    (r"which is no field|which is not there|not asked before", gettext_lazy("提到的字段表单里没有。")),
    (r"no pattern '|is no pattern|may take for ever|pattern is longer", gettext_lazy("正则或流程模式不能用。")),
    (
        r"unknown (guard|effect|limit|tick|role|state|clock|transition|choices)",
        gettext_lazy("流程里提到了没有的名字。"),
    ),
    (
        r"has no limit|dead end|cannot be reached|no state is final",
        gettext_lazy("流程走不通：每个状态要有时限和出路。"),
    ),
    (r"in eight ways", gettext_lazy("`needs` 至少写八种说法，职工才找得到。")),
    (r"no national service|national file's", gettext_lazy("地区差异只能写在已有服务上，并且不能改编号和版本。")),
    (r"`id` is", gettext_lazy("编号是一个大写字母加两位数字，例如 M29。")),
    (r"is older than", gettext_lazy("版本号比现在用的还小。")),
    (r"secret", gettext_lazy("身份证号、卡号要写 `secret: true`。")),
    (r"is no value|valid date|is no limit|a limit", gettext_lazy("日期、数字或时限写得不对。")),
    (r"Input should be|should have|should match|at most|at least", gettext_lazy("值不在允许的范围内。")),
)


def plain(cause: str) -> str:
    """What the cause means, in the reader's language; empty where only the cause itself says it."""
    return next((str(text) for pattern, text in PLAIN if re.search(pattern, cause)), "")
