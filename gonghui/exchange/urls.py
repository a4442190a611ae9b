"""Addresses for other installations."""

from django.urls import path

from gonghui.exchange import views

app_name = "exchange"
urlpatterns = [
    path(".well-known/gonghui-exchange", views.announcement, name="announcement"),
    path("exchange/catalogue", views.catalogue, name="catalogue"),
    path("exchange/figures", views.figures, name="figures"),
]
