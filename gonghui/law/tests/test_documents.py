"""Papers: every one holds what is known and a visible blank for what is not; names never break or inject anything."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pypdfium2
import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gonghui.law import documents
from gonghui.law.advice import advise
from gonghui.law.documents.compose import compose, values
from gonghui.law.documents.fields import (
    Agent,
    Claim,
    Employer,
    Fields,
    Injury,
    Letter,
    Person,
    Proof,
    Record,
    Witness,
    clean,
)
from gonghui.law.documents.filling import OWED, PROVES, _claims, in_words
from gonghui.law.documents.page import AREAS, LABELS, LINES, PaperForm
from gonghui.law.documents.pdf import PdfUnavailable, chromium, libreoffice
from gonghui.law.documents.slots import ROWS, SLOTS, _sentences
from gonghui.law.documents.source import TEMPLATES, DocumentError, Part, Source
from gonghui.law.topics import topics
from gonghui.law.topics.topic import DOCUMENTS
from scripts.make_documents import make, same

UNPAID = "我在贵阳市南明区一家饭店打工，老板拖欠我三个月工资一万八，要了很多次都不给"
ANSWERS = {
    "owed": "18000", "monthly_wage": "6000", "started_on": "2024-03-01", "owed_since": "2026-06-01",
    "employed": "yes", "contract_state": "never", "insured": "none",
}  # fmt: skip
PERSON = Person(
    name="王小明", sex="男", age=36, birth=date(1990, 3, 7), nation="苗族", id_number="520102199003071236",
    phone="13800138000", address="贵州省贵阳市南明区花果园 1 号", job="厨师",
)  # fmt: skip
EMPLOYER = Employer(
    name="贵阳好味道餐饮有限公司", uscc="91520102MA6DABCD1T", address="贵阳市南明区中华南路 2 号",
    representative="李大强", post="经理", phone="0851-8888888",
)  # fmt: skip
FULL = Fields(
    person=PERSON, employer=EMPLOYER,
    facts={**ANSWERS, "ended_on": "2026-11-20", "injured_on": "2026-05-02", "diagnosed_on": "2026-05-03"},
    story=("老板一直说下个月发。",),
    claims=(
        Claim(what="拖欠的工资", wage=True, amount=Decimal("18000.00"), working=("6,000 元 × 3 个月 = 18,000 元",)),
        Claim(text="请求补缴社会保险费。", amount=Decimal(0)),
    ),
    laws=("《劳动法》第五十条",),
    evidence=(Proof(what="银行流水", proves="工资标准", source="工商银行", form="原件", pages="12"),),
    witnesses=(Witness(name="张三", address="贵阳市云岩区"),),
    agent=Agent(name="赵律师", sex="女", id_number="1520120201", phone="13900139000", unit="某律所", relation="律师"),
    injury=Injury(
        on=date(2026, 5, 2), place="后厨", cause="地面湿滑摔倒", part="左手", diagnosed_on=date(2026, 5, 3),
        hospital="省医院", disease="无",
    ),
    letter=Letter(
        number="云工监提〔2026〕3号", union="云岩区总工会", clue="12351 来电", people=3, findings=("拖欠三个月工资",),
        breaches=("《劳动法》第五十条",), asks=("补发工资",), deadline=date(2026, 12, 20),
        reply_days=15, reply_unit="日", contact="周干部", phone="0851-1235100", signer="吴主席",
        attachments=("工资表",),
        supervisors="甲监督员、乙监督员", previous_number="云工监意〔2026〕2号", previous_on=date(2026, 10, 8),
        previous_result="逾期没有答复",
    ),
    record=Record(
        number="SJ202611-00001-000001-0001", union="某某公司工会委员会", above="南明区总工会",
        approved_on=date(2026, 11, 2), chair="孙小红", legal_code="81520102MD00000009", seal_on=date(2026, 11, 20),
        bank="工商银行南明支行", member_no="2026000000001", month="2026年10月", value=Decimal("20.50"),
        way="工资代扣", signer="钱会计",
    ),
    region="贵州省贵阳市南明区", body="南明区某某机关", date=date(2026, 11, 25),
)  # fmt: skip
TAGS = set(re.findall(r"\w+", "html head meta title style body article h1 h2 p table colgroup col tbody tr th td"))
EVERY = pytest.mark.parametrize("name", DOCUMENTS)


def opened(body: bytes) -> Any:
    return Document(io.BytesIO(body))


def word_lines(body: bytes) -> list[str]:
    """Paragraphs and cells in their order, as a reader meets them; a merged cell once."""
    document = opened(body)

    def walk() -> Iterator[str]:
        for item in document.iter_inner_content():
            if isinstance(item, Paragraph):
                yield item.text
            elif isinstance(item, Table):
                for row in item.rows:
                    seen = set()
                    for cell in row.cells:
                        if cell._tc not in seen:
                            seen.add(cell._tc)
                            yield from (paragraph.text for paragraph in cell.paragraphs)

    return list(walk())


class Lines(HTMLParser):
    """The text of each heading and paragraph of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.tags: set[str] = set()
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag in ("p", "h1", "h2"):
            self._inside = True
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "h1", "h2"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.lines[-1] += data


def page_lines(page: str) -> Lines:
    reader = Lines()
    reader.feed(page)
    return reader


def test_every_document_that_a_situation_may_name_has_a_source_and_its_template() -> None:
    assert list(documents.sources()) == list(DOCUMENTS)


@EVERY
def test_the_template_is_made_from_the_source_and_always_the_same(name: str) -> None:
    made = make(documents.sources()[name])
    assert made == make(documents.sources()[name])
    assert same(made, (TEMPLATES / f"{name}.docx").read_bytes()), "run python -m scripts.make_documents"


@EVERY
@pytest.mark.parametrize("fields", [FULL, Fields()], ids=["full", "none"])
def test_word_and_preview_hold_the_same_text_in_the_same_order(name: str, fields: Fields) -> None:
    lines = documents.text(name, fields).split("\n")
    assert word_lines(documents.fill(name, fields)) == lines
    assert page_lines(documents.html(name, fields)).lines == lines


@EVERY
def test_with_everything_known_every_value_stands_there_and_nothing_is_missing(name: str) -> None:
    paper = documents.sources()[name]
    text = "\n".join(word_lines(documents.fill(name, FULL)))
    assert documents.missing(name, FULL) == []
    for slot, value in values(paper, FULL).items():
        assert value and value in text, slot
        assert SLOTS[slot].blank == "" or value != SLOTS[slot].blank, slot
    for each in paper.lists:
        for row in ROWS[each].get(FULL, paper.words):
            assert any(cell and cell in text for cell in row.values()), each
    assert "{{" not in text and "{%" not in text


@EVERY
def test_with_nothing_known_every_place_is_a_visible_blank_and_named(name: str) -> None:
    paper, fields = documents.sources()[name], Fields()
    assert set(documents.missing(name, fields)) == {SLOTS[slot].label for slot in paper.slots} | {
        ROWS[each].label for each in paper.lists
    }
    text = "\n".join(word_lines(documents.fill(name, fields)))
    assert all(value in text and "＿" in value for value in values(paper, fields).values())
    for known in (PERSON.name, EMPLOYER.name, "None", "18,000"):
        assert known not in text


@EVERY
def test_the_sheet_is_a4_in_the_fonts_of_official_papers(name: str) -> None:
    document = opened(documents.fill(name, FULL))
    (section,) = document.sections
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    title = document.paragraphs[0].style
    assert title.font.size.pt == 22 and title.font.bold
    assert title.element.rPr.rFonts.get(qn("w:eastAsia")) == "方正小标宋简体"
    body = document.styles["Normal"]
    assert body.element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋"
    assert body.font.size.pt == (16 if documents.sources()[name].layout == "letter" else 12)


@EVERY
def test_a_file_tells_nobodys_name_and_not_when_it_was_made(name: str) -> None:
    body = documents.fill(name, FULL)
    about = opened(body).core_properties
    assert (about.author, about.last_modified_by, about.comments) == ("", "", "")
    assert body == documents.fill(name, FULL)


def test_tables_stand_where_official_forms_have_them() -> None:
    for name in ("evidence_list", "injury_recognition_form", "legal_aid_application", "union_opinion"):
        tables = opened(documents.fill(name, FULL)).tables
        assert tables and all(table.style.name == "Table Grid" for table in tables)
    (table,) = opened(documents.fill("evidence_list", FULL)).tables
    assert [cell.text for cell in table.rows[1].cells] == ["1", "银行流水", "工资标准", "工商银行", "原件", "12"]


def test_arbitration_asks_what_the_law_wants_in_the_application() -> None:
    """劳动争议调解仲裁法 28."""
    slots = documents.sources()["arbitration_application"].slots
    for name in ("name", "sex", "age", "job", "address"):
        assert f"person.{name}" in slots
    assert {"employer.name", "employer.address", "employer.representative", "employer.post"} <= set(slots)
    assert documents.sources()["arbitration_application"].lists == ["claims", "account", "evidence", "witnesses"]
    text = documents.text("arbitration_application", FULL)
    assert "请求裁决被申请人支付申请人拖欠的工资人民币18,000.00元。" in text and "此致" in text


def test_a_plan_becomes_claims_reasons_law_and_evidence() -> None:
    plan = advise(UNPAID, ANSWERS)
    fields = documents.from_plan(plan, person=PERSON, employer=EMPLOYER, story="第一段。\n\n第二段。")
    assert fields.region == "贵州省贵阳市南明区" and fields.date is None
    assert fields.claims[0] == Claim(what="拖欠的工资", wage=True, amount=Decimal("18000"), advance="拖欠的工资")
    assert any(claim.what == "解除劳动合同的经济补偿" and claim.amount is None for claim in fields.claims)
    assert fields.story == ("第一段。", "第二段。")
    assert "《劳动合同法》第三十八条第一款第（二）项" in fields.laws
    assert fields.evidence[0].proves == PROVES["E2"] and fields.evidence[0].source == ""
    text = documents.text("arbitration_application", fields)
    assert "申请人于2024年3月1日到被申请人工作。" in text and "被申请人没有与申请人签订书面劳动合同。" in text
    assert "贵州省贵阳市南明区劳动人事争议仲裁委员会" in text
    assert "经济补偿人民币＿＿＿＿＿＿元" in text
    assert "1．12 个月的银行流水，证明：工资标准和实际发放、拖欠的情况" in text


def test_only_law_that_was_read_and_surely_holds_is_cited() -> None:
    plan = advise(UNPAID, {})
    sure = {
        in_words(cited)
        for section in plan.sections
        for mark, depends, cites in [
            (section.conclusion.mark, False, section.conclusion.cites),
            *((right.mark, right.depends, right.cites) for right in section.rights),
        ]
        if mark == "V" and not depends
        for cited in cites
    }
    assert sure >= set(documents.from_plan(plan).laws) != set()
    assert not any("第三十八条" in law for law in documents.from_plan(plan).laws), "hangs on whether still employed"


def test_nothing_is_claimed_from_a_plan_that_understood_nothing() -> None:
    fields = documents.from_plan(advise("hello there"))
    assert (fields.claims, fields.laws, fields.evidence, fields.facts) == ((), (), (), {})


def test_a_total_is_told_only_when_every_sum_is_known() -> None:
    known, unknown = Claim(what="工资", wage=True, amount=Decimal("10.5")), Claim(what="补偿")
    assert "合计人民币10.50元" in documents.text("union_opinion", Fields(claims=(known,)))
    assert "合计人民币＿＿＿＿＿＿元" in documents.text("union_opinion", Fields(claims=(known, unknown)))
    # A payment order is for wages alone.
    order = documents.text("payment_order_application", Fields(claims=(known, unknown)))
    assert "合计人民币10.50元" in order and "补偿" not in order


def test_only_what_an_award_in_advance_can_give_is_asked_for_in_advance() -> None:
    """调仲 44: 劳动报酬、工伤医疗费、经济补偿、赔偿金; no disability sum. A court has its own rule."""
    injured = advise("我在厂里受伤，评了八级，单位不给钱", {"grade": "7_10", "recognised": "yes"}, codes=["R55"])
    fields = documents.from_plan(injured)
    assert "工伤保险待遇" in documents.text("arbitration_application", fields)
    text = documents.text("advance_payment_application", fields)
    assert "申请人工伤医疗费人民币＿＿＿＿＿＿元" in text and "工伤保险待遇" not in text
    assert "《民事诉讼法》第一百零九条、第一百一十条；被申请人有履行能力" in text
    text = documents.text("advance_payment_application", documents.from_plan(advise(UNPAID, ANSWERS)))
    assert "先行支付申请人拖欠的工资人民币18,000.00元" in text and "经济补偿" in text and "二倍工资" not in text
    dismissed = documents.from_plan(advise("公司没有理由口头辞退我，没给钱", {"ended_by": "employer"}))
    text = documents.text("advance_payment_application", dismissed)
    assert "赔偿金" in text and "不支持赔偿金时" not in text
    advice = documents.sources()["advance_payment_application"].advice
    assert "劳动报酬、工伤医疗费、经济补偿、赔偿金" in advice and "法院可以要您提供担保" in advice


def test_what_is_asked_in_advance_stays_as_offered_on_the_page() -> None:
    base = documents.from_plan(advise("我在厂里受伤，评了八级，单位不给钱", {"grade": "7_10"}, codes=["R55"]))
    paper = documents.sources()["advance_payment_application"]
    offered = str(PaperForm(paper, base).fields["advances"].initial)
    assert "工伤医疗费" in offered
    form = PaperForm(paper, base, {"paper-advances": f"{offered}\n先付停工留薪期工资"})
    assert form.is_valid(), form.errors
    said = documents.text(paper.id, form.filled())
    assert "工伤医疗费" in said and "先付停工留薪期工资" in said and "工伤保险待遇" not in said


def test_compensation_is_asked_for_only_where_damages_fail() -> None:
    """实施条例 25: who is paid 赔偿金 is paid no 经济补偿 besides."""
    fields = documents.from_plan(advise("公司没有理由口头辞退我，没给钱", {"ended_by": "employer"}))
    whats = [claim.what for claim in fields.claims]
    assert "违法解除劳动合同的赔偿金" in whats and "解除劳动合同的经济补偿" not in whats
    last = fields.claims[-1]
    assert last.otherwise and last.what == "解除劳动合同的经济补偿（没有认定违法解除、不支持赔偿金时）"
    damages, pay = Claim(what="赔偿金", amount=Decimal(20)), Claim(what="补偿", amount=Decimal(10), otherwise=True)
    assert "合计人民币20.00元" in documents.text("union_opinion", Fields(claims=(damages, pay)))


def test_property_can_be_secured_before_and_during_arbitration() -> None:
    """民诉法 104: who waits for the suit, which comes after arbitration, may find nothing left."""
    advice = documents.sources()["preservation_application"].advice
    assert all(said in advice for said in ("申请仲裁或起诉前", "仲裁中", "提供担保", "三十天内"))
    assert "裁决或者判决难以执行" in documents.text("preservation_application", Fields())
    # Wherever a situation tells a worker to have property secured, the paper for it is there.
    for topic in topics().topics.values():
        told = " ".join([*(right.text for right in topic.rights), *(step.do for step in topic.steps)])
        if "查封" in told or "财产保全" in told or "申请保全" in told:
            assert "preservation_application" in {paper.id for paper in topic.documents}, topic.id


def test_the_ground_of_leaving_is_what_the_facts_give() -> None:
    assert "第（二）项" not in documents.text("forced_resignation_notice", Fields())
    text = documents.text("forced_resignation_notice", Fields(facts={"owed": "1", "insured": "none"}))
    assert "第（二）项“未及时足额支付劳动报酬”、第（三）项“未依法为劳动者缴纳社会保险费”" in text


def test_age_follows_from_a_right_identity_number_only() -> None:
    at = date(2026, 3, 6)
    assert "年龄：35岁" in documents.text(
        "arbitration_application", Fields(person=Person(id_number=PERSON.id_number), date=at)
    )
    # Numbers were given out from 1984 on: by the place's code of then, whatever it was in the year of birth.
    older = Fields(person=Person(id_number="520102198203070014"), date=at)
    assert "年龄：43岁" in documents.text("arbitration_application", older)
    for number in ("520102199003071239", "520102", "x"):
        assert "年龄：＿＿岁" in documents.text("arbitration_application", Fields(person=Person(id_number=number)))


def test_a_letter_does_not_carry_the_workers_own_words() -> None:
    fields = documents.from_plan(advise(UNPAID, ANSWERS), person=PERSON, story=UNPAID)
    for name in ("union_reminder", "union_opinion", "union_suggestion"):
        text = documents.text(name, fields)
        assert UNPAID not in text and PERSON.name not in text and PERSON.phone not in text


STRANGE = st.one_of(
    st.text(max_size=120),
    st.text(st.sampled_from(list("{}%_#<>&\"'\\/]；\n\t👩‍🔧𠮷王\u202e\x00\x0b\ufffe")), max_size=60),
    st.sampled_from(
        ["{{ 7*7 }}", "{% for x in y %}", "{_{ a }_}", "{_% b %_}", "<w:p/>", "]]>", "&amp;", "王" * 280, "{date}"]
    ),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(list(DOCUMENTS)), text=STRANGE, line=STRANGE)
def test_no_name_breaks_a_paper_or_becomes_part_of_it(name: str, text: str, line: str) -> None:
    fields = Fields(
        person=Person(name=text, job=line), employer=Employer(name=text, address=line), story=(line,),
        claims=(Claim(text=line, wage=True),), evidence=(Proof(what=text, proves=line),),
        letter=Letter(findings=(line,), asks=(text,), union=text), region=line,
    )  # fmt: skip
    body = documents.fill(name, fields)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parse_xml(archive.read("word/document.xml"))
    lines = documents.text(name, fields).split("\n")
    assert word_lines(body) == lines
    page = page_lines(documents.html(name, fields))
    assert page.lines == lines
    assert page.tags <= TAGS
    paper = documents.sources()[name]
    if "employer.name" in paper.slots and clean(text):
        assert str(clean(text)) in "\n".join(lines)


def test_what_a_word_file_cannot_hold_is_left_out() -> None:
    assert Person(name="王\x00小\u202e明\n\ud800 ").name == "王小明"
    with pytest.raises(ValidationError):
        Person(name="王" * 301)
    with pytest.raises(ValidationError):
        Fields.model_validate({"facts": {"who": "1"}})
    with pytest.raises(ValidationError):
        Fields.model_validate({"facts": {"owed": "much"}})
    with pytest.raises(DocumentError):
        documents.fill("divorce", Fields())


def test_facts_are_read_by_what_they_are() -> None:
    fields = Fields.model_validate(
        {"facts": {"started_on": "2024-01-01", "owed": "18000", "employed": True, "iou": ""}}
    )
    assert fields.facts == {"started_on": date(2024, 1, 1), "owed": Decimal(18000), "employed": True}


def test_the_words_for_facts_and_claims_are_of_things_that_exist() -> None:
    facts = topics().facts
    for name, wording in _sentences().items():
        assert name in facts
        if isinstance(wording, dict):
            assert set(wording) <= (set(facts[name].options) or {"yes", "no"})
        else:
            assert "{value}" in wording
    from gonghui.law.calculators import calculators

    assert set(_claims()) - {OWED} <= set(calculators())


def test_every_place_that_a_person_fills_has_a_field_on_the_page() -> None:
    assert set(LINES) == set(LABELS) <= set(SLOTS)
    assert set(AREAS) == set(ROWS)


@pytest.mark.parametrize(
    "parts",
    [
        [{"line": "{person.nme}"}] * 3,
        [{"line": "{{ person }}"}] * 3,
        [{"line": "a", "text": "b"}] * 3,
        [{"each": "none", "item": "{row.text}"}] * 3,
        [{"rows": [["a", "b"]], "widths": [10]}] * 3,
        [{"lines": "a"}] * 3,
    ],
)
def test_a_wrong_source_is_refused(parts: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        Source.model_validate({"id": "evidence_list", "title": "证据清单", "layout": "form", "parts": parts})
    assert Part(line="a").kind == "line"


def pages(body: bytes) -> list[Any]:
    document = pypdfium2.PdfDocument(body)
    try:
        found = []
        for number in range(len(document)):
            sheet = document[number]
            found.append((sheet.get_size(), sheet.render(scale=1, grayscale=True).to_pil()))
            sheet.close()
        return found
    finally:
        document.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    "name",
    # A form in sections, a table, an official form, a notice, a union's letter: each layout once.
    ["arbitration_application", "evidence_list", "injury_recognition_form", "wage_demand_letter", "union_reminder"],
)
@pytest.mark.parametrize("fields", [FULL], ids=["full"])
def test_the_pdf_looked_at_as_an_image(name: str, fields: Fields) -> None:
    """A4, ink on every page, nothing in the margins, a title in the middle at the top, text that can be searched."""
    body = documents.to_pdf(name, fields)
    sheets = pages(body)
    assert 1 <= len(sheets) <= 3
    for (width, height), image in sheets:
        assert (round(width), round(height)) == (595, 842)
        dark = image.point(lambda shade: 255 if shade < 128 else 0)
        box = dark.getbbox()
        assert box is not None
        left, top, right, bottom = box
        # Margins are 28, 28 and 26 mm; the number of the page stands below the text.
        assert left >= 75 and right <= 526 and top >= 70 and bottom <= 822, box
        share = sum(image.histogram()[:128]) / (image.width * image.height)
        assert 0.0005 < share < 0.2
    title = sheets[0][1].crop((0, 76, 595, 116)).point(lambda shade: 255 if shade < 128 else 0).getbbox()
    assert title is not None and abs((title[0] + title[2]) / 2 - (79 + 521) / 2) < 12, title
    document = pypdfium2.PdfDocument(body)
    text = "".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
    document.close()
    squeezed = re.sub(r"\s", "", text)
    assert re.sub(r"\s", "", documents.sources()[name].title) in squeezed
    if fields is FULL and "employer.name" in documents.sources()[name].slots:
        assert EMPLOYER.name in squeezed


@pytest.mark.browser
def test_long_and_strange_names_stay_on_the_sheet() -> None:
    fields = Fields(person=Person(name="王" * 250, address="A" * 290), employer=Employer(name="👩‍🔧<b>{{x}}" * 9))
    for name in ("arbitration_application", "injury_recognition_form"):
        for _size, image in pages(documents.to_pdf(name, fields)):
            box = image.point(lambda shade: 255 if shade < 128 else 0).getbbox()
            assert box is not None and box[0] >= 75 and box[2] <= 530


def test_without_a_program_the_reader_is_told_what_to_do(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    settings.CHROMIUM = "/none/chromium"
    assert chromium() == ""
    with pytest.raises(PdfUnavailable, match="Word"):
        documents.to_pdf("evidence_list", Fields())
    settings.CHROMIUM = "/bin/false"
    with pytest.raises(PdfUnavailable, match="没有成功"):
        documents.to_pdf("evidence_list", Fields())


def test_a_printing_that_hangs_is_ended(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "slow"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    settings.CHROMIUM = str(program)
    monkeypatch.setattr("gonghui.law.documents.pdf.SECONDS", 1)
    with pytest.raises(PdfUnavailable):
        documents.to_pdf("evidence_list", Fields())


def test_too_many_printings_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import BoundedSemaphore

    full = BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr("gonghui.law.documents.pdf._places", full)
    monkeypatch.setattr("gonghui.law.documents.pdf.WAIT_SECONDS", 0.1)
    if chromium():
        with pytest.raises(PdfUnavailable, match="太多"):
            documents.to_pdf("evidence_list", Fields())


def test_libreoffice_prints_the_word_file_where_there_is_no_chromium(settings: Any) -> None:
    settings.CHROMIUM = "/none/chromium"
    if libreoffice():
        body = documents.to_pdf("evidence_list", FULL)
        assert [round(side) for size, _image in pages(body) for side in size] == [595, 842]
        document = pypdfium2.PdfDocument(body)
        assert "贵阳好味道餐饮有限公司" in document[0].get_textpage().get_text_range()
        document.close()
    else:
        with pytest.raises(PdfUnavailable, match="Chromium"):
            documents.to_pdf("evidence_list", FULL)


def test_blocks_hold_one_kind_of_thing() -> None:
    for name in DOCUMENTS:
        for block in compose(name, FULL):
            assert bool(block.lines) != bool(block.rows)


def test_a_household_worker_claims_pay_for_work_and_no_severance() -> None:
    plan = advise(UNPAID, {"employer_kind": "household", "owed": "4500", "employed": "no"})
    claims = documents.from_plan(plan).claims
    assert [(claim.what, claim.amount) for claim in claims] == [("拖欠的报酬", Decimal(4500))]
