from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "gonghui.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"
