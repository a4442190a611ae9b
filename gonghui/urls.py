"""The address map: each room brings its own urls.py."""

from django.urls import include, path

from gonghui.portal.views.home import language
from gonghui.signon.urls import well_known

urlpatterns = [
    path("i18n/setlang/", language, name="set_language"),
    path("accounts/", include("gonghui.people.urls")),
    path("law/", include("gonghui.law.urls")),
    path("desk/", include("gonghui.desk.urls")),
    path("api/", include("gonghui.api.urls")),
    path("signon/", include("gonghui.signon.urls")),
    path(".well-known/", include(well_known)),
    path("", include("gonghui.exchange.urls")),
    path("", include("gonghui.portal.urls")),
]

handler400 = "gonghui.kernel.pages.bad_request"
handler403 = "gonghui.kernel.pages.forbidden"
handler404 = "gonghui.kernel.pages.not_found"
handler500 = "gonghui.kernel.pages.server_error"
