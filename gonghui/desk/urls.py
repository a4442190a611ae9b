"""Addresses of the staff's front."""

from __future__ import annotations

from django.urls import path

from gonghui.desk import views

app_name = "desk"

urlpatterns = [
    path("", views.home.home, name="home"),
    path("worklist/", views.worklist.worklist, name="worklist"),
    path("worklist/bulk/", views.worklist.bulk, name="bulk"),
    path("matter/<int:matter_id>/", views.matter.page, name="matter"),
    path("matter/<int:matter_id>/do/<str:name>/", views.matter.transition, name="transition"),
    path("matter/<int:matter_id>/trail/", views.matter.trail, name="trail"),
    path("flows/", views.flows.index, name="flows"),
    path("flows/<str:name>/", views.flows.flow, name="flow"),
]
