"""Addresses of the staff's front."""

from __future__ import annotations

from django.urls import path

from gonghui.desk import appeal_help, appeal_panels, legal_panels, views

app_name = "desk"

urlpatterns = [
    path("", views.home.home, name="home"),
    path("worklist/", views.worklist.worklist, name="worklist"),
    path("worklist/bulk/", views.worklist.bulk, name="bulk"),
    path("worklist/export/", views.overview.export, name="export"),
    path("field/", views.field.page, name="field"),
    path("field/sw.js", views.field.service_worker, name="field_worker"),
    path("field/token/", views.field.token, name="field_token"),
    path("field/sync/", views.field.sync, name="field_sync"),
    path("register/", views.register.register, name="register"),
    path("register/suggest/", views.register.suggest, name="suggest"),
    path("register/history/", views.register.history, name="history"),
    path("register/draft/", views.register.autosave, name="autosave"),
    path("register/done/<int:matter_id>/", views.register.registered, name="registered"),
    path("matter/<int:matter_id>/", views.matter.page, name="matter"),
    path("matter/<int:matter_id>/do/<str:name>/", views.steps.transition, name="transition"),
    path("matter/<int:matter_id>/adopt/<str:name>/", views.steps.adopt, name="adopt"),
    path("matter/<int:matter_id>/rights/", views.rights.rights, name="rights"),
    path("matter/<int:matter_id>/paper/<slug:document>/", views.drafts.draft, name="draft"),
    path("matter/<int:matter_id>/trail/", views.matter.trail, name="trail"),
    path("matter/<int:matter_id>/say/<str:verb>/", views.talk.say, name="say"),
    path("matter/<int:matter_id>/brain/", views.talk.brain, name="ask_brain"),
    path("matter/<int:matter_id>/link/<int:link_id>/", views.talk.link, name="link"),
    path("matter/<int:matter_id>/reveal/<str:field>/", views.talk.reveal, name="reveal"),
    path("files/<int:attachment_id>/", views.papers.paper, name="paper"),
    path("organisations/", views.find.organisations, name="organisations"),
    path("search/", views.find.search, name="search"),
    path("callbacks/", views.rounds.callbacks, name="callbacks"),
    path("callbacks/<int:matter_id>/", views.rounds.callback, name="callback"),
    path("quality/", views.rounds.quality, name="quality"),
    path("quality/<int:matter_id>/", views.rounds.quality_card, name="quality_card"),
    path("supervision/", views.lists.supervision, name="supervision"),
    path("alerts/", views.lists.alerts, name="alerts"),
    path("alerts/<int:alert_id>/", views.lists.alert, name="alert"),
    path("dead-letters/", views.lists.dead_letters, name="dead_letters"),
    path("overview/", views.overview.overview, name="overview"),
    path("overview/figures.xlsx", views.overview.download, {"kind": "xlsx"}, name="overview_xlsx"),
    path("overview/figures.csv", views.overview.download, {"kind": "csv"}, name="overview_csv"),
    path("usage/", views.usage.usage, name="usage"),
    path("employers/", views.keeping.employers, name="employers"),
    path("calendar/", views.keeping.calendar, name="calendar"),
    path("legal/", views.legal.home, name="legal"),
    path("legal/rota/", views.legal.rota_page, name="legal_rota"),
    path("legal/figures/", views.legal.figures, name="legal_figures"),
    path("legal/papers/<int:paper_id>/", views.legal.paper, name="legal_paper"),
    path("matter/<int:matter_id>/legal/<str:kind>/", views.legal.start, name="legal_start"),
    path("matter/<int:matter_id>/papers/", views.legal.add_papers, name="legal_papers"),
    path("flows/", views.flows.index, name="flows"),
    path("flows/<str:name>/", views.flows.flow, name="flow"),
]

# The matter page looks its panels and helpers up by kind; importing the modules registers them.
REGISTERED = (appeal_help, appeal_panels, legal_panels)
