"""Addresses of the room."""

app_name = "portal"
urlpatterns: list = []
