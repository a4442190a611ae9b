"""Addresses of the room."""

app_name = "api"
urlpatterns: list = []
