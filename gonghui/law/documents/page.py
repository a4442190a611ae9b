"""The page of a paper (文书页面): a form for what is not known yet, preview, download. Portal and desk share it.
Nothing is stored: what was typed travels from page to page in the form itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc

from gonghui.kernel.language import in_english
from gonghui.law.documents.compose import body_html, missing, style
from gonghui.law.documents.fields import LONGEST, MOST_ROWS, Claim, Fields, Proof, Witness, clean, paragraphs
from gonghui.law.documents.pdf import PdfUnavailable, to_pdf
from gonghui.law.documents.slots import ROWS, Words, advances, claim_text, slot_value
from gonghui.law.documents.source import Source, source
from gonghui.law.documents.word import WORD_TYPE, fill
from gonghui.law.english import in_words, marked, named
from gonghui.law.topics.topic import DOCUMENTS
from gonghui.people.identity import born_on

PREFIX = "paper"
# What `paper_file` can make.
AS_FILE = ("word", "pdf")
DAY = {"type": "date"}
_NUMBERED = re.compile(r"^\s*\d{1,2}\s*[．.、]\s*")
_PHONE = re.compile(r"[\d+（）() -]{5,30}")


def _id_number(text: str) -> str:
    """Right or empty: a digit that is wrong makes the whole paper go back. Other papers (护照) are not of 18 digits."""
    number = text.replace(" ", "").upper()
    if (len(number) == 18 or number.isdigit()) and born_on(number) is None:
        raise forms.ValidationError(_("身份证号码不对，请对照身份证再看一遍。不想填可以空着，打印后手写。"))
    return number


def _uscc(text: str) -> str:
    code = text.replace(" ", "").upper()
    if code and not uscc.is_valid(code):
        raise forms.ValidationError(_("统一社会信用代码是 18 位，请对照营业执照再看一遍。不知道可以空着。"))
    return code


def _phone(text: str) -> str:
    if text and not _PHONE.fullmatch(text):
        raise forms.ValidationError(_("请填电话号码，例如 13800138000。"))
    return text


CHECKS = {"person.id_number": _id_number, "agent.id_number": _id_number, "employer.uscc": _uscc} | {
    f"{whose}.phone": _phone for whose in ("person", "employer", "agent", "letter")
}
# Places that a person fills in, with the longest text; days and numbers have fields of their own kind.
LINES = {
    "person.name": 60, "person.sex": 10, "person.age": 0, "person.birth": 0, "person.nation": 20,
    "person.id_number": 30, "person.phone": 30, "person.address": 200, "person.job": 60,
    "employer.name": 160, "employer.uscc": 30, "employer.address": 200, "employer.representative": 60,
    "employer.post": 40, "employer.phone": 30,
    "agent.name": 60, "agent.sex": 10, "agent.id_number": 30, "agent.phone": 30, "agent.unit": 120,
    "agent.relation": 40,
    "injury.on": 0, "injury.place": 200, "injury.cause": 500, "injury.part": 100, "injury.diagnosed_on": 0,
    "injury.hospital": 120, "injury.disease": 100,
    "letter.number": 60, "letter.union": 120, "letter.clue": 120, "letter.people": 0, "letter.deadline": 0,
    "letter.reply_days": 0, "letter.contact": 60, "letter.phone": 30, "letter.signer": 60, "office": 120, "date": 0,
}  # fmt: skip
DAYS = {"person.birth", "injury.on", "injury.diagnosed_on", "letter.deadline", "date"}
NUMBERS = {"person.age": (10, 120), "letter.people": (1, 10**6), "letter.reply_days": (1, 120)}
LABELS = {
    "person.name": _("姓名"), "person.sex": _("性别"), "person.age": _("年龄"), "person.birth": _("出生日期"),
    "person.nation": _("民族"), "person.id_number": _("身份证号码"), "person.phone": _("联系电话"),
    "person.address": _("住址"), "person.job": _("职业（岗位）"), "employer.name": _("单位全称"),
    "employer.uscc": _("单位的统一社会信用代码"), "employer.address": _("单位地址"),
    "employer.representative": _("法定代表人或主要负责人"), "employer.post": _("他的职务"),
    "employer.phone": _("单位电话"), "agent.name": _("受委托人姓名"), "agent.sex": _("受委托人性别"),
    "agent.id_number": _("受委托人身份证号码"), "agent.phone": _("受委托人电话"),
    "agent.unit": _("受委托人工作单位"), "agent.relation": _("受委托人和您的关系"), "injury.on": _("哪一天受伤"),
    "injury.place": _("在哪里受伤"), "injury.cause": _("怎么受的伤"), "injury.part": _("伤在哪里"),
    "injury.diagnosed_on": _("诊断日期"), "injury.hospital": _("看病的医院"),
    "injury.disease": _("职业病名称（没有的不填）"), "letter.number": _("文号"), "letter.union": _("发函工会"),
    "letter.clue": _("线索来源"), "letter.people": _("涉及人数"), "letter.deadline": _("整改期限"),
    "letter.reply_days": _("几个工作日内答复"), "letter.contact": _("联系人"), "letter.phone": _("联系人电话"),
    "letter.signer": _("签发人"), "office": _("交给哪个单位（全称）"), "date": _("签名日期"),
}  # fmt: skip
# Lists that a person may rewrite, a row a line.
AREAS = {
    "claims": _("请求事项（一行一项）"),
    "wages": _("欠的哪些工资、多少钱（一行一项）"),
    "advances": _("请求事项（一行一项）"),
    "account": _("事实与理由"),
    "evidence": _("证据（一行一项）"),
    "witnesses": _("证人（一行一人：姓名，住址）"),
    "findings": _("查明的事实（一行一项）"),
    "breaches": _("违反的规定（一行一项）"),
    "asks": _("要求或建议（一行一项）"),
    "attachments": _("附件（一行一项）"),
}


class PaperForm(forms.Form):
    """What this paper has places for, prefilled with what is known. Everything may stay empty."""

    def __init__(self, paper: Source, base: Fields, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix=PREFIX)
        self.paper, self.base = paper, base
        for slot in paper.slots:
            if slot in LINES:
                self.fields[_key(slot)] = _field(slot, _known(slot, base, paper.words))
        for each in paper.lists:
            rows = "\n".join(_rows(each, base, paper.words))
            self.fields[each] = forms.CharField(
                label=AREAS[each], required=False, initial=rows, max_length=LONGEST, validators=[_not_too_many],
                widget=forms.Textarea(attrs={"rows": min(10, rows.count("\n") + 3)}),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for slot, check in CHECKS.items():
            key = _key(slot)
            if found.get(key):
                try:
                    found[key] = check(str(clean(found[key])))
                except forms.ValidationError as error:
                    self.add_error(key, error)
        return found

    def filled(self) -> Fields:
        """The fields with what was typed. What was cleared is a blank; a sum that was kept keeps its working."""
        typed = self.cleaned_data
        data = self.base.model_dump()
        for slot in self.paper.slots:
            if slot not in LINES:
                continue
            value = typed[_key(slot)]
            whose, _dot, name = ("", "", "body") if slot == "office" else slot.rpartition(".")
            (data[whose] if whose else data)[name] = value
        # An emptied place must not be filled from elsewhere again.
        if "office" in self.paper.slots and not data["body"]:
            data["region"] = ""
        for each in self.paper.lists:
            self._list(each, data, [_NUMBERED.sub("", line) for line in paragraphs(typed[each])])
        return Fields.model_validate(data)

    def _list(self, each: str, data: dict[str, Any], lines: list[str]) -> None:
        known = _rows(each, self.base, self.paper.words)
        if each in ("claims", "wages", "advances"):
            offered = (*self.base.claims, *advances(self.base))
            before = {claim_text(claim, self.paper.words): claim for claim in offered}
            data["claims"] = [before.get(line) or Claim(text=line) for line in lines]
        elif each == "evidence":
            proofs = {proof.what: proof for proof in self.base.evidence}
            data["evidence"] = [proofs.get(line) or Proof(what=line) for line in lines]
        elif each == "witnesses":
            data["witnesses"] = [_witness(line) for line in lines]
        elif each == "account":
            data["account"] = None if lines == known and lines else lines
        else:
            data["letter"][each] = lines


def _not_too_many(text: str) -> None:
    if len(paragraphs(text)) > MOST_ROWS:
        raise forms.ValidationError(_("行数太多了，请合并成一百行以内。"))


def _key(slot: str) -> str:
    return slot.replace(".", "_")


def _field(slot: str, known: Any) -> forms.Field:
    common: dict[str, Any] = {"label": LABELS[slot], "required": False, "initial": known}
    if slot in DAYS:
        wrong = {"invalid": _("请填日期，例如 2026-03-15。")}
        return forms.DateField(widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), error_messages=wrong, **common)
    if slot in NUMBERS:
        least, most = NUMBERS[slot]
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        return forms.IntegerField(
            min_value=least, max_value=most, widget=widget, error_messages={"invalid": _("请填整数。")}, **common
        )
    return forms.CharField(max_length=LINES[slot], widget=forms.TextInput(attrs={"autocomplete": "off"}), **common)


def _known(slot: str, base: Fields, words: Words) -> Any:
    if slot in DAYS or slot in NUMBERS:
        if slot in ("injury.on", "injury.diagnosed_on"):
            fact = "injured_on" if slot == "injury.on" else "diagnosed_on"
            return getattr(base.injury, slot.partition(".")[2]) or base.facts.get(fact)
        value: Any = base
        for name in slot.split("."):
            value = getattr(value, name)
        return value
    return slot_value(slot, base, words)


def _rows(each: str, base: Fields, words: Words) -> list[str]:
    if each == "evidence":
        return [proof.what for proof in base.evidence]
    if each == "witnesses":
        return ["，".join(part for part in (one.name, one.address) if part) for one in base.witnesses]
    return [row["text"] for row in ROWS[each].get(base, words)]


def _witness(line: str) -> Witness:
    name, _comma, address = line.partition("，") if "，" in line else line.partition(",")
    return Witness(name=name[:300], address=address[:300])


def carried(posted: QueryDict, names: Iterable[str]) -> list[tuple[str, str]]:
    """Hidden fields for the next page: `names` and what was typed for the paper."""
    wanted = set(names)
    return [
        (name, value)
        for name, values in posted.lists()
        if name in wanted or name.startswith(f"{PREFIX}-")
        for value in values
    ]


def paper_name(name: str) -> str:
    """What the paper is called on a page; in English with the Chinese name, which an office asks for."""
    return named(DOCUMENTS[name]) if in_english() else DOCUMENTS[name]


def paper_page(
    request: HttpRequest, name: str, base: Fields, *, template: str, context: dict[str, Any], kept: Iterable[str] = ()
) -> HttpResponse:
    """The answer to one step. `go`: "" the form as prefilled, `edit`, `preview`, `word`, `pdf`. `kept`: names of posted
    fields that `base` was made from."""
    paper = source(name)
    go = request.POST.get("go", "")
    bound = go in ("edit", "preview", "word", "pdf")
    form = PaperForm(paper, base, request.POST if bound else None)
    shared = {
        **context, "form": form, "paper": paper, "advice": marked(in_words(paper.advice)),
        "document": paper_name(name), "heading": marked(paper_name(name)), "style": style(),
    }  # fmt: skip
    trouble = ""
    if go in AS_FILE and form.is_valid():
        made, trouble = paper_file(go, name, form.filled(), DOCUMENTS[name])
        if made is not None:
            return made
    if go in ("preview", "pdf") and form.is_valid():
        fields = form.filled()
        shared |= {
            "preview": body_html(name, fields), "missing": missing(name, fields), "trouble": trouble,
            "carried": carried(request.POST, kept),
        }  # fmt: skip
        return render(request, template, shared, status=503 if trouble else 200)
    shared["carried"] = [pair for pair in carried(request.POST, kept) if not pair[0].startswith(f"{PREFIX}-")]
    return render(request, template, shared, status=422 if bound and not form.is_valid() else 200)


def record_page(
    request: HttpRequest, name: str, fields: Fields, *, layout: str, context: dict[str, Any]
) -> HttpResponse:
    """A record (凭证): in the page, as Word (`as=word`) or PDF (`as=pdf`). What is not known is a blank. `layout`: the
    template around it."""
    made, trouble = paper_file(request.GET.get("as", ""), name, fields, DOCUMENTS[name])
    if made is not None:
        return made
    shown = {
        **context, "layout": layout, "document": paper_name(name), "preview": body_html(name, fields),
        "missing": missing(name, fields), "style": style(), "trouble": trouble,
        "advice": marked(in_words(source(name).advice)),
    }  # fmt: skip
    return render(request, "law/record.html", shown, status=503 if trouble else 200)


def paper_file(wanted: str, name: str, fields: Fields, title: str) -> tuple[HttpResponse | None, str]:
    """The paper as the file that is wanted (one of `AS_FILE`), called by its title; else None, and why where a file was
    wanted that cannot be made now."""
    if wanted == "word":
        return _download(fill(name, fields), WORD_TYPE, f"{title}.docx"), ""
    if wanted == "pdf":
        try:
            return _download(to_pdf(name, fields), "application/pdf", f"{title}.pdf"), ""
        except PdfUnavailable as error:
            return None, str(error)
    return None, ""


def _download(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
