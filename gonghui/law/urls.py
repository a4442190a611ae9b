"""Addresses of the law room; the root mounts them at /law/."""

from django.urls import path

from gonghui.law import views

app_name = "law"
urlpatterns = [
    path("", views.search, name="search"),
    path("article/<str:article_id>/", views.article, name="article"),
    path("<str:slug>/", views.law, name="law"),
    path("<str:slug>/<str:place>/", views.cited, name="cited"),
]
