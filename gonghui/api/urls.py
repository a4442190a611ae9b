"""Addresses of the API."""

from django.urls import path

from gonghui.api.main import api

app_name = "api_root"
urlpatterns = [path("v1/", api.urls)]
