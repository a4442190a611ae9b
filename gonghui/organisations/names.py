"""Names of employers and regions, brought to one spelling for matching."""

from __future__ import annotations

import re
import unicodedata

LEGAL_FORMS = re.compile(
    r"(股份有限责任公司|有限责任公司|股份有限公司|集团有限公司|有限公司|分公司|总公司|公司|集团|合伙企业|个体工商户|经营部|项目部|工厂|厂)$"
)
PLACE_PREFIX = re.compile(r"^.{2,8}?(省|自治区|特别行政区|自治州|地区|市|自治县|县|区)(?=.{2,})")
REGION_SUFFIX = re.compile(
    r"(特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|自治州|自治县|地区|林区|新区|省|市|盟|县|区|旗)$"
)
PEOPLES = re.compile(
    r"(汉|蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水"
    r"|东乡|纳西|景颇|柯尔克孜|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|鄂温克|德昂|保安|裕固|独龙|鄂伦春|赫哲|各)族"
)


def employer_key(name: str) -> str:
    """The distinctive part of an employer's name: `贵州省贵阳市星河建筑工程（集团）有限公司` → `星河建筑工程`."""
    text = unicodedata.normalize("NFKC", name or "").upper()
    text = re.sub(r"[\s()\[\]（）【】《》\"'·,，.。、\-_]", "", text)
    previous = None
    while previous != text and len(text) > 2:
        previous = text
        text = LEGAL_FORMS.sub("", text) or previous
    text = PLACE_PREFIX.sub("", text)
    return (PLACE_PREFIX.sub("", text) or previous or text)[:120]


def grams(key: str) -> set[str]:
    """Two-character pieces of a key; a single character stands for itself."""
    return {key[index : index + 2] for index in range(len(key) - 1)} or ({key} if key else set())


def region_short_name(name: str) -> str:
    """`贵阳市` → `贵阳`, `黔东南苗族侗族自治州` → `黔东南`; a name of two characters stays (`城区`)."""
    short = REGION_SUFFIX.sub("", name)
    bare = PEOPLES.sub("", short)
    short = bare if len(bare) >= 2 else short
    return short if len(short) >= 2 else name
