"""Addresses of single sign-on. The endpoints are found by apps through the discovery document."""

from django.urls import path

from gonghui.signon import views

app_name = "signon"
urlpatterns = [
    path("authorize/", views.provider.authorize, name="authorize"),
    path("consent/", views.provider.consent, name="consent"),
    path("token/", views.tokens.token, name="token"),
    path("revoke/", views.tokens.revoke, name="revoke"),
    path("userinfo/", views.tokens.userinfo, name="userinfo"),
    path("jwks.json", views.documents.jwks, name="jwks"),
    path("end-session/", views.leaving.end_session, name="end_session"),
    path("leave/", views.leaving.leave, name="leave"),
    path("go/", views.visit.go, name="go"),
    path("with/<slug:partner_slug>/", views.visit.begin, name="with"),
    path("back/<slug:partner_slug>/", views.visit.back, name="back"),
    path("first/", views.visit.first, name="first"),
    path("mine/", views.mine.mine, name="mine"),
    path("apps/", views.desk.apps, name="apps"),
    path("apps/new/", views.desk.app, name="app_new"),
    path("apps/<int:app_id>/", views.desk.app, name="app"),
    path("partners/new/", views.desk.partner, name="partner_new"),
    path("partners/<int:partner_id>/", views.desk.partner, name="partner"),
]

# Where OpenID Connect Discovery looks, below the root of the site.
well_known = ([path("openid-configuration", views.documents.configuration, name="openid")], "well_known")
