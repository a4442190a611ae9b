"""The public REST API: `/api/v1/`, described in OpenAPI 3.1 at `/api/v1/openapi.json`, to be read at `/api/v1/docs`."""

from __future__ import annotations

from gonghui import __version__
from gonghui.api import problems
from gonghui.api.door import TokenAuth
from gonghui.api.openapi import DescribedAPI, DocsPage, PlainParser, PlainRenderer
from gonghui.api.routes import appeals, employers, finding, letters, matters, reference, rights, webhooks

DESCRIPTION = """
工会平台开放接口。Open interface of the trade-union platform.

* 密钥 / token: `Authorization: Bearer gh_…`, made with `gonghui token create`.
* 重复提交 / retries: send `Idempotency-Key` with a POST; the same key gives the same answer.
* 错误 / errors: `application/problem+json` (RFC 9457), in the language of `Accept-Language`.
* 翻页 / paging: follow the `Link` header, or pass `next` of an answer as `cursor`.
* 并发 / concurrency: send the `version` you saw in `If-Match`; 409 says what changed meanwhile.
* 事件 / events: web hooks signed as in the Standard Webhooks specification (HMAC-SHA256).
"""

api = DescribedAPI(
    title="gonghui 工会平台",
    version=__version__,
    description=DESCRIPTION,
    auth=TokenAuth(),
    urls_namespace="api",
    docs=DocsPage(),
    parser=PlainParser(),
    renderer=PlainRenderer(),
)
problems.install(api)
api.add_router("/", appeals.router, tags=["appeals 诉求"])
api.add_router("/", matters.router, tags=["matters 事项"])
api.add_router("/", letters.router, tags=["letters 监督文书"])
api.add_router("/", reference.router, tags=["reference 字典"])
api.add_router("/", finding.router, tags=["search 搜索"])
api.add_router("/", employers.router, tags=["employers 用人单位"])
api.add_router("/", rights.router, tags=["rights 权益"])
api.add_router("/", webhooks.router, tags=["webhooks 推送"])
