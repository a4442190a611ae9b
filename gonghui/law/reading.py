"""What the pages show of a law beside its words (法条阅读): marks, parts, links; in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

import cn2an
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gonghui.law import answer
from gonghui.law.articles import Article, lead_and_items, today
from gonghui.law.shelf import Shelf
from gonghui.law.store import LawStore
from gonghui.law.volumes import Standing, Volume

CITED_BY_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Piece:
    """An item (项) of a paragraph: its numeral, its words, and the name of its place on the page."""

    number: int
    numeral: str
    text: str
    anchor: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph (款) as shown: what leads to the items, the items, and whether it no longer applies."""

    number: int
    lead: str
    items: Sequence[Piece]
    gone: bool
    anchor: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another article, with what must be said beside it."""

    path: str
    text: str
    notes: Sequence[str]


def paragraphs(article: Article, chosen: tuple[int | None, int | None] = (None, None)) -> list[Paragraph]:
    """The article in its parts; `chosen` is the paragraph and item that a citation meant."""
    ended = article.ended.paragraphs if article.ended else ()
    place, item = chosen
    if item is not None and place is None:
        place = next(iter(_with_item(article, item)), None)
    found = []
    for number, text in enumerate(article.paragraphs, start=1):
        lead, items = lead_and_items(text)
        pieces = [
            Piece(n, f"（{cn2an.an2cn(n)}）", words, _anchor(number, n), place == number and item == n)
            for n, words in items.items()
        ]
        here = place == number and item is None
        found.append(Paragraph(number, lead, pieces, number in ended, _anchor(number, None), here))
    return found


def marks(volume: Volume) -> list[str]:
    """Short marks beside a law's name in lists: what a reader must know before opening it."""
    found = []
    if volume.place:
        found.append(_("地方：%(place)s") % {"place": volume.place})
    if not volume.current:
        found.append(_("旧文本"))
    elif volume.ended and not volume.ended.paragraphs and not volume.in_force:
        short = {"repealed": _("已废止"), "superseded": _("已被取代"), "doubtful": _("待核对")}
        found.append(short[volume.ended.status])
    if volume.review_status == "unverified":
        found.append(_("未核对"))
    if volume.irregular:
        found.append(_("条号不全"))
    return found


def law_notes(shelf: Shelf, volume: Volume) -> list[str]:
    """What must be said of a version of a law as a whole."""
    notes = []
    if volume.place:
        notes.append(_("这是%(place)s的地方规定，只在当地适用。") % {"place": volume.place})
    if not volume.current:
        notes.append(_("这是旧文本，后来已经修改，仅供查阅，不能作为现在的依据。"))
    elif volume.ended and not volume.ended.paragraphs:
        later = volume.ended.since is not None and volume.ended.since > today()
        if later:
            notes.append(_("本文本将自 %(day)s 起不再适用。") % {"day": volume.ended.since})
        else:
            notes.append(str(answer.FLAG_NOTES[volume.ended.status]))
    if volume.review_status == "unverified":
        notes.append(str(answer.FLAG_NOTES["unverified"]))
    if volume.gaps:
        numbers = "、".join(map(str, volume.gaps[:10])) + ("…" if len(volume.gaps) > 10 else "")
        notes.append(_("资料来源的这个文本缺少以下条号：%(numbers)s。请以官方公布的文本为准。") % {"numbers": numbers})
    if volume.doubled:
        notes.append(_("资料来源的这个文本有重复的条号：%(numbers)s。") % {"numbers": "、".join(volume.doubled)})
    if volume.first > 1:
        notes.append(_("本文本的条号从第 %(number)s 条起。") % {"number": volume.first})
    if volume.adopted is None:
        notes.append(_("资料没有写明这个文本的通过日期。"))
    return notes


def article_notes(article: Article, volume: Volume, shelf: Shelf) -> list[str]:
    """What must be said of one article: its own end first, then what holds for the law."""
    notes = law_notes(shelf, volume)
    own = article.ended is not None and article.ended is not volume.ended
    return [*(answer.notes(LawStore.hit(article, today())) if own else ()), *notes]


def contents(articles: Sequence[Article]) -> list[tuple[str, str, list[Article]]]:
    """Chapter, section and their articles, in order."""
    return [(*key, list(members)) for key, members in groupby(articles, key=lambda a: (a.chapter, a.section))]


def cites(shelf: Shelf, standing: Standing) -> list[Link]:
    """What the article names, with the part it means and whether that text is younger than the article."""
    found = []
    for cite in standing.cites:
        label = shelf.label(cite.id)
        if label is None:
            continue
        volume, number = label
        part = part_name(cite.paragraph, cite.item)
        anchor = f"#{_anchor(cite.paragraph, cite.item)}" if cite.paragraph and not cite.lost else ""
        notes = []
        adopted = standing.article.adopted
        if volume.slug != standing.article.slug:
            if cite.lost:
                notes.append(_("那一条没有这一款、项，条号很可能已变，请核对"))
            elif adopted and volume.adopted and volume.adopted > adopted:
                notes.append(_("该法后来修改过，条号可能已变，请核对"))
            notes += marks(volume)
        found.append(Link(f"{article_path(cite.id)}{anchor}", f"《{volume.short_law}》{number}{part}", notes))
    return found


def cited_by(shelf: Shelf, standing: Standing) -> list[Link]:
    """What names the article: its own law first, then texts in force, then the rest."""
    found = []
    for article_id in standing.cited_by:
        if label := shelf.label(article_id):
            volume, number = label
            own = volume.slug == standing.article.slug
            notes = [] if own else marks(volume)
            adopted = standing.article.adopted
            if not own and adopted and volume.adopted and volume.adopted < adopted:
                notes.append(_("引用在本文本之前"))
            link = Link(article_path(article_id), f"《{volume.short_law}》{number}", notes)
            found.append(((not own, not volume.in_force), link))
    return [link for _key, link in sorted(found, key=lambda pair: pair[0])]


def article_path(article_id: str) -> str:
    """Address of an article's page."""
    return reverse("law:article", args=[article_id])


def part_path(article: Article, paragraph: int | None, item: int | None) -> str:
    """Address of a paragraph or item of an article: the page marks it and opens there."""
    query = {name: value for name, value in (("k", paragraph), ("x", item)) if value}
    anchor = next((_anchor(p, item) for p in ([paragraph] if paragraph else _with_item(article, item))), "")
    return article_path(article.id) + (f"?{urlencode(query)}#{anchor}" if query else "")


def part_name(paragraph: int | None, item: int | None) -> str:
    """第一款第（三）项, for a heading."""
    text = f"第{cn2an.an2cn(paragraph)}款" if paragraph else ""
    return text + (f"第（{cn2an.an2cn(item)}）项" if item else "")


def found_laws(number: int) -> str:
    """How many laws have a name that fits."""
    return ngettext("名称相符的法律法规 %(number)s 部", "名称相符的法律法规 %(number)s 部", number) % {"number": number}


def marked(volumes: Iterable[Volume]) -> list[tuple[Volume, list[str]]]:
    """Laws for a list, each with its marks."""
    return [(volume, marks(volume)) for volume in volumes]


def _anchor(paragraph: int, item: int | None) -> str:
    return f"k{paragraph}" + (f"x{item}" if item else "")


def _with_item(article: Article, item: int | None) -> list[int]:
    """The paragraphs that have such an item."""
    return [n for n in range(1, len(article.paragraphs) + 1) if item in article.items(n)]
