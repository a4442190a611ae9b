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
