"""Is a proposed text fit to be published: the checks of the packaged files, with the line or field of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

from gonghui import yamls
from gonghui.knowledge.models import KnowledgeChange
from gonghui.law.articles import Article
from gonghui.law.parameters import NATION, Parameter, ParameterError, ParameterStore, parameter
from gonghui.law.review import fingerprint
from gonghui.law.store import LawStore
from gonghui.law.topics.editing import Problem, check
from gonghui.law.topics.library import packaged
from gonghui.organisations.models import Region

Kind = KnowledgeChange.Kind


@dataclass(frozen=True, slots=True)
class Checked:
    """`problems`: empty when it may be published. `cited`: articles by id with the fingerprint of each text."""

    problems: list[Problem]
    cited: dict[str, str] = field(default_factory=dict)


def check_change(change: KnowledgeChange) -> Checked:
    """What is wrong with the text of a change as it stands now."""
    if change.kind == Kind.PARAMETER:
        return _parameter(change)
    if not change.content and change.restores_id is not None:
        return Checked([])
    library = packaged()
    topic, problems = check(change.code, change.content, library)
    if topic is None or problems:
        return Checked(problems)
    return Checked([], _stamped(library.cited(cite) for _place, cite in topic.citations()))


def _parameter(change: KnowledgeChange) -> Checked:
    if not change.content and change.restores_id is not None:
        return Checked([])
    try:
        row = parameter(yamls.read(change.content.encode()))
    except (ParameterError, yaml.YAMLError) as error:
        return Checked([Problem(0, "value", str(error))])
    errors, articles = parameter_errors(row)
    problems = [Problem(0, name, text) for name, text in errors.items()]
    if f"{row.key}@{row.region}" != change.code:
        problems.append(Problem(0, "key", _("参数和地区不能改；请另提一条。")))
    return Checked(problems, _stamped(articles) if not problems else {})


def parameter_errors(row: Parameter) -> tuple[dict[str, str], list[Article]]:
    """What is wrong with a row by field, and the articles that its source names."""
    store, wrong = ParameterStore.packaged(), dict[str, str]()
    if row.key not in store.keys:
        wrong["key"] = _("没有这个参数。")
    elif row.region != NATION and not Region.objects.filter(pk=row.region.ljust(6, "0")).exists():
        wrong["region"] = _("没有这个地区。")
    elif row.region == NATION and not store.history(row.key):
        wrong["region"] = _("这个参数由各地规定，请选择地区。")
    else:
        same = [one for one in store if one.key == row.key]
        if same and not any(type(one.value) is type(row.value) for one in same):
            wrong["value"] = _("要写成“名称: 数”的表。") if isinstance(same[0].value, Mapping) else _("要是一个数。")
    laws = LawStore.default()
    articles = []
    for citation in laws.citations.find(row.source):
        article = laws.by_number(citation.law, citation.number, citation.suffix)
        if article is None or article.part(citation.paragraph, citation.item) is None:
            wrong["source"] = _("依据里的法条找不到，请核对条号。")
        elif not article.fit_for_worker(row.valid_from):
            wrong["source"] = _("依据里的%(article)s已失效或未核对。") % {"article": article.citation}
        else:
            articles.append(article)
    return wrong, articles


def parameter_text(data: Mapping[str, Any]) -> str:
    """The YAML of a row from a form's fields: one line a field, so that two versions can be compared."""
    row = {name: data[name] for name in ("key", "region", "value", "valid_from", "valid_to", "source", "status")}
    text: str = yaml.safe_dump(row, allow_unicode=True, sort_keys=False, default_flow_style=False, width=1000)
    return text


def read_value(text: str) -> Any:
    """A typed value: a number, or a line `name: number` each. ValueError when it is neither."""
    lines = [line.strip().replace("：", ":") for line in text.strip().splitlines() if line.strip()]
    if len(lines) == 1 and ":" not in lines[0]:
        return _number(lines[0])
    found: dict[str, Any] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or name.strip() in found:
            raise ValueError(line)
        found[name.strip()] = _number(value)
    if not found:
        raise ValueError(text)
    return found


def _number(text: str) -> int | str:
    """Whole numbers as such, others as text: the files hold exact decimals in quotes."""
    plain = text.strip().replace(",", "").replace("，", "")
    number = yaml.safe_load(plain) if plain.isascii() else None
    if isinstance(number, bool) or not isinstance(number, int | float) or number < 0:
        raise ValueError(text)
    return int(plain) if plain.isdigit() else plain


def typed_value(value: Any) -> str:
    """A value of a row as somebody types it."""
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {cell}" for name, cell in value.items())
    return str(value)


def _stamped(articles: Any) -> dict[str, str]:
    return {article.id: fingerprint(article.text) for article in articles if article is not None}
