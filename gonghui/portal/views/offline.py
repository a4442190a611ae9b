"""没有网络时: the manifest, the service worker and the page it shows (the forms to fill in meanwhile: `whole_form`).

What the phone keeps to read is what anybody may read: the worker fetches its copies without cookies. What somebody
types or chooses is kept on the phone only while there is no network, encrypted and bound to the account, until it has
arrived, is thrown away, signed out, or seven days old (`static/js/drafts.js`, docs/design.md).
"""

from __future__ import annotations

import hashlib
from functools import cache

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from gonghui.membership import cards
from gonghui.people.http import Request
from gonghui.portal.form_words import appeal_words
from gonghui.portal.questions import OfflineForm

SHELL = (
    "vendor/pico.min.css",
    "css/gonghui.css",
    "js/site.js",
    "js/drafts.js",
    "js/offline.js",
    "js/services.js",
    "js/whole.js",
    "js/scan.js",
    "js/verify.js",
    "img/mark.svg",
)
ICONS = (192, 512)
# What a phone may still read without a network; each is the same for everybody.
KEPT = ("/law/", "/services/", "/help/", "/rights/", "/places/", "/news/", "/offers/", "/offline/", "/v/")
# The ways in: shown from the phone at once, and fetched anew meanwhile, to who sees of them what everybody sees.
FAST = ("/", "/services/", "/rights/", "/help/")
# Of these, what lies deeper is somebody's own or changes by the minute.
NOT_KEPT = ("/form/", "/check/", "/here/", "/rate/", "/fault", "/slots/", "/bookings/", "/kept/", "/paper/", "/file/")


@require_GET
@cache_control(public=True, max_age=86400)
def manifest(request: Request) -> HttpResponse:
    """What makes it an app on the home screen."""
    icons = [
        {"src": static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in ICONS
        for purpose in ("any", "maskable")
    ]
    shortcuts = [
        {"name": _("说说我的事"), "url": reverse("portal:ask")},
        {"name": _("我的"), "url": reverse("portal:my")},
        {"name": _("搜索"), "url": reverse("portal:search")},
        {"name": _("核验会员证"), "url": reverse("portal:verify")},
    ]
    return JsonResponse(
        {
            "id": "/",
            "name": _("职工之家"),
            "short_name": _("职工之家"),
            "description": _("遇到难事，跟工会说；办服务，查权利。"),
            "lang": request.LANGUAGE_CODE,
            "start_url": reverse("portal:home"),
            "scope": "/",
            "display": "standalone",
            "background_color": "#fffdfa",
            "theme_color": "#a61b1b",
            "icons": icons,
            "shortcuts": shortcuts,
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


@cache
def _version() -> str:
    """Changes with every file of the shell, with the worker's own text and with the key of the cards."""
    found = hashlib.blake2b(digest_size=6)
    found.update(_script("").encode())
    # The page that verifies cards holds it, and is fetched anew with a new version.
    found.update(cards.public_raw().encode())
    for name in SHELL:
        path = finders.find(name)
        if path is not None:
            with open(str(path), "rb") as file:  # noqa: PTH123 - finders give a text
                found.update(file.read())
        else:
            found.update(staticfiles_storage.url(name).encode())
    return found.hexdigest()


def _script(version: str) -> str:
    return render_to_string(
        "portal/sw.js",
        {
            "version": version,
            "shell": [static(name) for name in SHELL],
            "offline": reverse("portal:offline"),
            "verify": reverse("portal:verify"),
            "static": settings.STATIC_URL,
            "kept": KEPT,
            "fast": FAST,
            "not_kept": NOT_KEPT,
        },
    )


@require_GET
def service_worker(request: Request) -> HttpResponse:
    """Served from the root, so that it stands before every page; looked for anew at each start of the app."""
    response = HttpResponse(_script(_version()), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def offline(request: Request) -> HttpResponse:
    """What is shown without a network: what is kept on the phone, and a place to write meanwhile."""
    return render(request, "portal/offline.html", {"form": OfflineForm(), "words": appeal_words()})
