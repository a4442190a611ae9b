from django.apps import AppConfig


class ResolutionConfig(AppConfig):
    name = "gonghui.resolution"
    label = "resolution"
    default_auto_field = "django.db.models.BigAutoField"
