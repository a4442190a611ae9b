"""What may come in through the door (登记, handbook 1.2): clean the text, check each field, say plainly what is wrong.

Only the description is required, and a way to reach the worker unless the appeal is anonymous. Everything else is
optional here; what is missing is asked later by people, never refused at the door.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import phonenumbers
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError
from stdnum.cn import ric

from gonghui import brain
from gonghui.appeals import categories, tables
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.times import today

YesNo = Literal["yes", "no", "unknown", ""]
OLDEST, YOUNGEST = 110, 8
MOST_DEMANDED = Decimal(1_000_000_000)


def limit(name: str) -> Any:
    return tables.number(tables.intake().limits, name)


class Party(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    role: str = "employer"
    name: str = Field(max_length=160)
    uscc: str = ""


class Named(BaseModel):
    """One worker of a joint appeal (联名)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field(max_length=60)
    phone: str = ""
    amount: Decimal | None = Field(default=None, ge=0)
    evidence: str = Field(default="", max_length=200)
    representative: bool = False


class IntakeData(BaseModel):
    """The fields of handbook 1.2 as given. Build it with `IntakeData.parse(dict)`, which raises `InvalidData`."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    description: str
    title: str = ""
    anonymous: bool = False
    disclose_ok: bool = False
    reporter_name: str = ""
    phone: str = ""
    backup_contact: str = ""
    id_no: str = ""
    gender: Literal["f", "m", ""] = ""
    birth_year: int | None = None
    household: Literal["rural", "urban", ""] = ""
    is_member: bool | None = None
    member_no: str = ""
    union_name: str = ""
    worker_type: str = ""
    people_count: int = 1
    representatives: int = 0
    employer_name: str = ""
    uscc: str = ""
    parties: list[Party] = Field(default_factory=list)
    named_workers: list[Named] = Field(default_factory=list)
    work_region: str = ""
    work_address: str = ""
    home_region: str = ""
    employed_from: date | None = None
    employed_to: date | None = None
    still_employed: bool | None = None
    contract_signed: YesNo = ""
    social_insured: YesNo = ""
    avg_wage: Decimal | None = Field(default=None, ge=0, le=1_000_000, decimal_places=2)
    category: str = ""
    nature: str = ""
    demand: str = ""
    demand_amount: Decimal | None = Field(default=None, ge=0, le=MOST_DEMANDED, decimal_places=2)
    incident_date: date | None = None
    tried: list[str] = Field(default_factory=list)
    consent: bool = False
    consent_version: str = ""
    source: str = ""
    external_id: str = ""
    call: dict[str, Any] = Field(default_factory=dict)
    written_at: datetime | None = None

    @classmethod
    def parse(cls, data: dict[str, Any]) -> IntakeData:
        """The checked data; `InvalidData` with a plain sentence for each wrong field."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise InvalidData(_errors(error)) from None

    @field_validator("description", mode="before")
    @classmethod
    def _description(cls, value: Any) -> str:
        text = clean_text(value)
        if not text:
            raise _wrong(_("请写下您遇到的事，哪怕一两句话。"))
        if not any(unicodedata.category(letter)[0] in "LN" for letter in text):
            raise _wrong(_("只有表情或符号，我们看不懂。请用文字写一两句。"))
        most = limit("description_max")
        if len(text) > most:
            raise _wrong(
                _("最多%(most)d个字，现在有%(count)d个。请写要点，其余可以作为附件上传。")
                % {"most": most, "count": len(text)}
            )
        return text

    @field_validator(
        "title", "reporter_name", "backup_contact", "member_no", "union_name", "employer_name", "work_address",
        "demand", "source", "external_id", mode="before",
    )  # fmt: skip
    @classmethod
    def _short(cls, value: Any, info: Any) -> str:
        text = clean_text(value)
        most = {
            "title": 80,
            "reporter_name": 60,
            "member_no": 40,
            "source": 40,
            "employer_name": 160,
            "demand": limit("short_text_max"),
        }.get(info.field_name, 120)
        if info.field_name == "work_address":
            most = 200
        if len(text) > most:
            raise _wrong(_("最多%(most)d个字，现在有%(count)d个。") % {"most": most, "count": len(text)})
        return text if info.field_name == "demand" else " ".join(text.split())

    @field_validator("phone", mode="before")
    @classmethod
    def _phone(cls, value: Any) -> str:
        return clean_phone(value)

    @field_validator("id_no", mode="before")
    @classmethod
    def _id_no(cls, value: Any) -> str:
        return clean_id_no(value)

    @field_validator("uscc", mode="before")
    @classmethod
    def _uscc(cls, value: Any) -> str:
        from stdnum.cn import uscc

        text = re.sub(r"[\s-]", "", plain(value)).upper()
        if text and not uscc.is_valid(text):
            raise _wrong(_("统一社会信用代码应为18位且校验通过，请核对；不清楚可以不填。"))
        return text

    @field_validator("people_count", mode="before")
    @classmethod
    def _people(cls, value: Any) -> Any:
        if value in (None, ""):
            return 1
        try:
            number = int(str(value).strip())
        except ValueError:
            raise _wrong(_("涉及人数请填数字，例如 3。")) from None
        if not 1 <= number <= limit("people_max"):
            raise _wrong(_("涉及人数至少是1。") if number < 1 else _("涉及人数太大，请核对。"))
        return number

    @field_validator("birth_year")
    @classmethod
    def _birth_year(cls, value: int | None) -> int | None:
        if value is not None and not today().year - OLDEST <= value <= today().year - YOUNGEST:
            raise _wrong(_("出生年份不对，请核对。"))
        return value

    @field_validator("incident_date", "employed_from", "employed_to")
    @classmethod
    def _not_future(cls, value: date | None, info: Any) -> date | None:
        if value is not None and value > today() and info.field_name != "employed_to":
            raise _wrong(_("这个日期还没有到，请核对。"))
        if value is not None and value.year < 1950:
            raise _wrong(_("这个日期太早，请核对。"))
        return value

    @field_validator("category", "nature", "worker_type")
    @classmethod
    def _known(cls, value: str, info: Any) -> str:
        known = {
            "category": categories.tree().keys(),
            "nature": tables.codes(tables.intake().natures),
            "worker_type": tables.codes(tables.intake().worker_types),
        }[info.field_name]
        if value and value not in known:
            raise _wrong(_("没有这个选项，请重新选择。"))
        return value

    @field_validator("tried", mode="before")
    @classmethod
    def _tried(cls, value: Any) -> list[str]:
        given = [value] if isinstance(value, str) else list(value or [])
        given = [str(one) for one in given if one]
        if set(given) - tables.codes(tables.intake().tried):
            raise _wrong(_("没有这个选项，请重新选择。"))
        return list(dict.fromkeys(given))

    @field_validator("work_region", "home_region", mode="before")
    @classmethod
    def _region(cls, value: Any) -> str:
        text = str(value or "").strip()
        if text and not re.fullmatch(r"\d{6}(\d{3})?", text):
            raise _wrong(_("请从列表里选择地区。"))
        return text

    @model_validator(mode="after")
    def _together(self) -> IntakeData:
        if self.employed_from and self.employed_to and self.employed_to < self.employed_from:
            raise _wrong(_("离职日期早于入职日期，请核对。"), "employed_to")
        representatives = sum(1 for worker in self.named_workers if worker.representative) or self.representatives
        if representatives > limit("representatives_max"):
            raise _wrong(_("代表最多5人（信访工作条例第二十条）。"), "representatives")
        if self.named_workers and self.people_count < len(self.named_workers):
            self.people_count = len(self.named_workers)
        if self.anonymous:
            # What identifies a person is not kept at all, so that it can never leak.
            self.reporter_name = self.phone = self.id_no = self.backup_contact = self.member_no = ""
            self.disclose_ok = False
            if self.named_workers:
                # Nor are the others whom the text of a joint appeal names: how many they are and what they are owed
                # stays, in the fields for it.
                owed = [worker.amount for worker in self.named_workers if worker.amount is not None]
                if owed and self.demand_amount is None:
                    self.demand_amount = min(sum(owed, Decimal(0)), MOST_DEMANDED).quantize(Decimal("0.01"))
                self.representatives, self.named_workers = representatives, []
        return self


def _wrong(text: str, field: str = "") -> PydanticCustomError:
    return PydanticCustomError("gonghui", "{text}", {"text": text, "field": field})


def _errors(error: ValidationError) -> dict[str, list[str]]:
    """pydantic's findings as plain sentences by field."""
    found: dict[str, list[str]] = {}
    for one in error.errors():
        context = one.get("ctx") or {}
        name = str(context.get("field") or (one["loc"][0] if one["loc"] else "description"))
        if one["type"] == "gonghui":
            text = str(context["text"])
        elif one["type"] == "missing":
            text = _("请填写这一项。")
        elif one["type"].startswith("date"):
            text = _("日期写法不对，请写成 2026-01-31 这样。")
        elif one["type"].startswith(("decimal", "int", "greater", "less", "finite")):
            text = _("请填写合适的数字，金额最多写到分。")
        elif one["type"] == "extra_forbidden":
            text = _("不认识这一项。")
        elif one["type"].startswith("string_too_long"):
            text = _("太长了，请精简。")
        else:
            text = _("没有这个选项，请重新选择。")
        found.setdefault(name, []).append(text)
    return found


def clean_text(value: Any) -> str:
    """The worker's words without what cannot be seen: zero-width, direction, control and unassigned characters go,
    lines and spaces are tidied. Chinese punctuation stays as it was written (the brain normalises for itself)."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(_("请填写文字。"))
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    text = "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter)[0] != "C")
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def plain(value: Any) -> str:
    """A number or code as people type it (full-width digits, spaces), in its plain spelling."""
    return brain.normalise(clean_text(value)).strip()


def clean_phone(value: Any) -> str:
    """A Chinese phone number as digits (mobile `13…`, fixed `0851…`); "" when none was given."""
    text = plain(value)
    if not text:
        return ""
    try:
        parsed = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or parsed.country_code != 86 or not phonenumbers.is_possible_number(parsed):
        raise _wrong(_("电话号码不对。手机号是11位数字；座机请带区号，例如 0851-12345678。"))
    national = phonenumbers.national_significant_number(parsed)
    if re.fullmatch(r"1[3-9]\d{9}", national):
        return national
    if not phonenumbers.is_valid_number(parsed):
        raise _wrong(_("电话号码不对。手机号是11位数字；座机请带区号，例如 0851-12345678。"))
    return "0" + national


def clean_id_no(value: Any) -> str:
    """An identity number (18 digits, or 17 and X) with the right check digit and a possible birth date."""
    text = re.sub(r"[\s-]", "", plain(value)).upper()
    if not text:
        return ""
    if not re.fullmatch(r"\d{17}[\dX]", text):
        raise _wrong(_("身份证号应为18位，最后一位可以是X。不方便可以不填。"))
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        raise _wrong(_("身份证号里的出生日期不存在，请核对。")) from None
    if not today().year - OLDEST <= born.year or born > today():
        raise _wrong(_("身份证号里的出生日期不可能，请核对。"))
    if ric.calc_check_digit(text) != text[-1]:
        raise _wrong(_("身份证号校验不通过，请核对每一位数字。"))
    return text


def content_hash(text: str) -> str:
    """SHA-256 over the letters and digits of a cleaned text: equal for texts that differ only in spacing or marks."""
    letters = "".join(letter for letter in text.casefold() if unicodedata.category(letter)[0] in "LN")
    return hashlib.sha256(letters.encode()).hexdigest()
