"""The request as the API's routes get it."""

from __future__ import annotations

from gonghui.api.models import ApiToken
from gonghui.people import http


class Request(http.Request):
    """`auth` is the token that asks; `actor` acts for its organisation."""

    auth: ApiToken
