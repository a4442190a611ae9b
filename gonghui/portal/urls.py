"""Addresses of the worker's front."""

from django.urls import path

from gonghui.portal.views import ask, case, home, legal, paper, rights

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("help/", home.help_page, name="help"),
    path("rights/", rights.rights, name="rights"),
    path("rights/paper/<slug:document>/", paper.paper, name="paper"),
    path("large-text/", home.large_text, name="large_text"),
    path("ask/", ask.ask, name="ask"),
    path("ask/<str:token>/done/", ask.done, name="ask_done"),
    path("ask/<str:token>/<str:name>/", ask.step, name="ask_step"),
    path("track/", case.track, name="track"),
    path("my/", case.my, name="my"),
    path("case/<int:matter_id>/legal/<str:kind>/", legal.start, name="legal_start"),
    path("legal/<int:matter_id>/", legal.page, name="legal"),
    path("legal/<int:matter_id>/<str:verb>/", legal.act, name="legal_act"),
    path("legal-papers/<int:paper_id>/", legal.paper, name="legal_paper"),
    path("case/<int:matter_id>/", case.case, name="case"),
    path("case/<int:matter_id>/<str:verb>/", case.act, name="case_act"),
    path("files/<int:attachment_id>/", case.attachment, name="attachment"),
]
