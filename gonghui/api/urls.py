"""Addresses of the API. The framework's own namespace is `api`."""

from django.urls import path

from gonghui.api.main import api

urlpatterns = [path("v1/", api.urls)]
