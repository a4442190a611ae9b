"""The address map: each room brings its own urls.py."""

from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("gonghui.people.urls")),
    path("law/", include("gonghui.law.urls")),
    path("desk/", include("gonghui.desk.urls")),
    path("api/", include("gonghui.api.urls")),
    path("", include("gonghui.portal.urls")),
]

handler400 = "gonghui.kernel.pages.bad_request"
handler403 = "gonghui.kernel.pages.forbidden"
handler404 = "gonghui.kernel.pages.not_found"
handler500 = "gonghui.kernel.pages.server_error"
