"""The public search for other programs: services, laws, situations, places, notices in one question."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from gonghui.api.door import operation
from gonghui.api.http import Request
from gonghui.api.rules import rules
from gonghui.finding import search as finding
from gonghui.finding.known import Hit
from gonghui.kernel import front
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.language import in_english

router = Router()
TEXT_MOST = 200


class SearchQuery(Schema):
    q: str
    type: str = ""
    region: str = ""
    limit: int = 20
    offset: int = 0


class FoundOut(Schema):
    """`type` is the source: services, situations, laws, places, offers, news, notices …; `key` names it there."""

    type: str
    key: str
    title: str
    text: str
    url: str
    region: str
    until: date | None
    score: float


class TypeOut(Schema):
    type: str
    title: str
    count: int


class SearchOut(Schema):
    """`types`: how many of each there are, the likeliest first. `meant`: names near to what was asked, where nothing is
    really found. `next_offset`: where the next page begins; null on the last."""

    items: list[FoundOut]
    types: list[TypeOut]
    meant: list[str]
    total: int
    next_offset: int | None


@router.get("/search", response=SearchOut, summary="搜索 / search")
@operation()
def search(request: Request, response: HttpResponse, query: Query[SearchQuery]) -> SearchOut:
    """What is open to everybody and near to `q`: in characters, pinyin, initials or English, misspelt or told in lay
    words. `type` asks one source; `region` (a code) brings what is near first. Nothing of matters or people is found.
    """
    asked = query.q.strip()
    if not asked or len(asked) > rules()["search"]["letters"]:
        raise InvalidData({"q": [_("请写 1 到 %(most)d 个字。") % {"most": rules()["search"]["letters"]}]})
    if query.type and query.type not in front.sources():
        raise InvalidData({"type": [" / ".join(sorted(front.sources()))]})
    most = rules()["search"]["most"]
    if not 0 <= query.offset < most:
        raise InvalidData({"offset": [f"0–{most - 1}"]})
    answer = finding.search(asked, region=query.region[:9], only=query.type, a_group=most)
    hits = [hit for group in answer.groups for hit in group.hits][:most]
    end = query.offset + max(1, min(query.limit, rules()["search"]["page"]))
    following = end if end < len(hits) else None
    if following is not None:
        again = request.GET.copy()
        again["offset"] = str(following)
        response["Link"] = f'<{request.build_absolute_uri(request.path)}?{again.urlencode()}>; rel="next"'
    return SearchOut(
        items=[_shown(request, hit) for hit in hits[query.offset : end]],
        types=[
            TypeOut(type=group.name, title=group.title, count=len(group.hits) + group.more) for group in answer.groups
        ],
        meant=answer.meant,
        total=len(hits),
        next_offset=following,
    )


def _shown(request: Request, hit: Hit) -> FoundOut:
    item, english = hit.item, in_english()
    return FoundOut(
        type=hit.source,
        key=item.key,
        title=item.title_en if english and item.title_en else item.title,
        text=(item.text_en if english and item.text_en else item.text)[:TEXT_MOST],
        url=request.build_absolute_uri(item.address),
        region=item.region,
        until=item.until,
        score=round(hit.score, 3),
    )
