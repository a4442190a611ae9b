"""书屋: find a book, bring a union's books in from Excel, texts that may stand here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook
from stdnum import isbn as isbns

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError, Layout, cell_text, named_rows, template_book
from gonghui.kernel.times import now, today
from gonghui.organisations.models import Organisation
from gonghui.wellbeing.books.tables import numbers
from gonghui.wellbeing.models import Book, Club, ClubMember, EText, Loan
from gonghui.wellbeing.rules.books import call_next

KEEPERS = ("handler", "dispatcher", "leader")
COLUMNS = {"ISBN": "isbn", "书名": "title", "作者": "author", "册数": "copies", "架位": "shelf"}
REQUIRED = ("isbn", "title", "copies")
ROWS_MOST, SHOWN = 5000, 60
LAYOUT = Layout(COLUMNS, REQUIRED, ROWS_MOST, gettext_lazy("一次最多 %(most)d 种，请分成几个文件。"))
TEXT_MOST = 1_000_000


def found(asked: str = "", region: str = "") -> list[Book]:
    """Books by title, author or ISBN; those of the reader's own city first."""
    with as_system("the libraries are open to all members"):
        rows = Book.objects.filter(copies__gt=0).select_related("organisation")
        if asked:
            plain = asked.replace("-", "")
            rows = rows.filter(Q(title__icontains=asked) | Q(author__icontains=asked) | Q(isbn=plain))
        listed = list(rows.order_by("title", "pk")[: SHOWN * 4])
    near = region[:4]
    listed.sort(key=lambda book: not (near and str(book.organisation.region_id or "").startswith(near)))
    return listed[:SHOWN]


def book(book_id: int) -> Book:
    with as_system("the libraries are open to all members"):
        row = Book.objects.select_related("organisation").filter(pk=book_id, copies__gt=0).first()
    if row is None:
        raise NotFound
    return row


def queue_of(row: Book) -> int:
    with as_system("a number, not who"):
        return row.loans.filter(state="waiting").count()


def own(actor: Actor) -> list[Book]:
    with as_system("the books of the actor's own unions"):
        rows = Book.objects.filter(organisation__path__in=actor.paths_as(*KEEPERS)).select_related("organisation")
        return list(rows.order_by("title", "pk")[:500])


@dataclass(frozen=True)
class Row:
    number: int
    values: dict[str, Any]


@dataclass
class Report:
    """All rows or none: with `wrong` (line, reason) nothing was written."""

    made: int = 0
    changed: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)


def template() -> Workbook:
    widths = dict(zip(COLUMNS, (18, 36, 20, 8, 16), strict=True))
    return template_book("图书", widths, as_text=("ISBN",))


def _checked(values: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    number = cell_text(values.get("isbn"))
    if isbns.is_valid(number):
        number = isbns.to_isbn13(isbns.compact(number))
    else:
        problems.append(_("ISBN 不对，请对照书后的条码（10 或 13 位，单元格设为文本）。"))
    title = cell_text(values.get("title"))
    if not title or len(title) > 120:
        problems.append(_("书名没有填，或者太长。"))
    count = cell_text(values.get("copies")).removesuffix(".0")
    if not count.isdigit() or not 0 <= int(count) <= 10_000:
        problems.append(_("册数应是 0 到 10000 的整数。"))
        count = "0"
    return {
        "isbn": number.replace("-", ""),
        "title": title,
        "author": cell_text(values.get("author"))[:120],
        "copies": int(count),
        "shelf": cell_text(values.get("shelf"))[:80],
    }


def bring_in(actor: Actor, organisation: Organisation, file: IO[bytes]) -> Report:
    """Read and check everything, then write it. A book that is there gets its new number of copies."""
    if organisation.path not in actor.paths_as(*KEEPERS):
        raise NotAllowed
    report, rows, seen = Report(), [], dict[str, int]()
    for number, values in named_rows(file, LAYOUT):
        problems: list[str] = []
        checked = _checked(values, problems)
        if (earlier := seen.setdefault(checked["isbn"], number)) != number:
            problems.append(_("ISBN 和第 %(row)d 行重复。") % {"row": earlier})
        if problems:
            report.wrong.append((number, "".join(problems)))
        rows.append(Row(number, checked))
    if not rows:
        raise ImportFileError(_("文件里没有书。"))
    with transaction.atomic(), as_system("the library of the actor's own union"):
        held = {one.isbn: one for one in Book.objects.select_for_update().filter(organisation=organisation)}
        for row in rows:
            there = held.get(row.values["isbn"])
            if there is not None and row.values["copies"] < there.out:
                text = _("有 %(n)d 册借出或留着，册数不能少于它。") % {"n": there.out}
                report.wrong.append((row.number, text))
        if report.wrong:
            return Report(wrong=sorted(report.wrong))
        for row in rows:
            one, made = Book.objects.update_or_create(
                organisation=organisation, isbn=row.values["isbn"], defaults=row.values
            )
            report.made += made
            report.changed += not made
            if not made:
                call_next(one.pk)
        after = {"made": report.made, "changed": report.changed}
        trail.record(f"library:{organisation.path}", "import", actor=actor, after=after)
    return report


# Texts


def texts(asked: str = "") -> list[EText]:
    rows = EText.objects.filter(withdrawn=False).defer("body").select_related("organisation")
    if asked:
        rows = rows.filter(Q(title__icontains=asked) | Q(author__icontains=asked))
    return list(rows.order_by("title")[:SHOWN])


def text(text_id: int) -> EText:
    row = EText.objects.select_related("organisation").filter(pk=text_id, withdrawn=False).first()
    if row is None:
        raise NotFound
    return row


def pages_of(row: EText) -> list[str]:
    """The text in pages that end at the end of a paragraph."""
    most, pages, page = numbers().page_letters.value, [], ""
    for paragraph in row.body.replace("\r\n", "\n").split("\n"):
        if page and len(page) + len(paragraph) > most:
            pages.append(page)
            page = ""
        while len(paragraph) > most:
            pages.append(paragraph[:most])
            paragraph = paragraph[most:]
        page += paragraph + "\n"
    return [*pages, page] if page.strip() or not pages else pages


@transaction.atomic
def add_text(actor: Actor, organisation: Organisation, values: Mapping[str, Any]) -> EText:
    """A text that may stand here, with why: whoever adds it answers for it."""
    if organisation.path not in actor.paths_as(*KEEPERS):
        raise NotAllowed
    body = str(values["body"]).strip()
    if len(body) > TEXT_MOST:
        raise InvalidData({"body": [_("最多 %(n)d 个字。") % {"n": TEXT_MOST}]})
    if EText.objects.filter(organisation=organisation, title=values["title"]).exists():
        raise InvalidData({"title": [_("已经有这个书名。")]})
    row = EText.objects.create(
        organisation=organisation, title=values["title"], author=values["author"], rights=values["rights"],
        source=values["source"], body=body, added_by_id=actor.account_id, added_at=now(),
    )  # fmt: skip
    after = {"title": row.title, "rights": row.rights}
    trail.record(f"library:{organisation.path}", "add_text", actor=actor, after=after)
    return row


@transaction.atomic
def withdraw_text(actor: Actor, text_id: int) -> None:
    row = text(text_id)
    if row.organisation.path not in actor.paths_as(*KEEPERS):
        raise NotFound
    row.withdrawn = True
    row.save(update_fields=["withdrawn"])
    trail.record(f"library:{row.organisation.path}", "withdraw_text", actor=actor, after={"etext": row.pk})


def clubs(region: str = "") -> list[Club]:
    with as_system("clubs are open to all members"):
        rows = list(Club.objects.filter(state=Club.State.ACTIVE).select_related("organisation").order_by("name")[:200])
    near = region[:4]
    rows.sort(key=lambda club: not (near and str(club.organisation.region_id or "").startswith(near)))
    return rows[:SHOWN]


@dataclass(frozen=True)
class Figures:
    titles: int
    copies: int
    out: int
    loans: int
    clubs: int
    members: int


def figures(actor: Actor) -> Figures:
    paths = actor.paths_as(*KEEPERS)
    with as_system("counts of the actor's own unions"):
        rows = Book.objects.filter(organisation__path__in=paths)
        counted = list(rows.values_list("copies", "out"))
        return Figures(
            len(counted),
            sum(copies for copies, _out in counted),
            sum(out for _copies, out in counted),
            Loan.objects.filter(book__in=rows).count(),
            Club.objects.filter(organisation__path__in=paths, state=Club.State.ACTIVE).count(),
            ClubMember.objects.filter(club__organisation__path__in=paths, until=None).count(),
        )


def overdue(actor: Actor) -> int:
    """How many are out past their day."""
    with as_system("counts of the actor's own unions"):
        rows = Loan.objects.filter(book__organisation__path__in=actor.paths_as(*KEEPERS), state=Loan.State.LENT)
        return rows.filter(due_on__lt=today()).count()
