from django.apps import AppConfig


class FoundingConfig(AppConfig):
    name = "gonghui.founding"
    label = "founding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.founding import duties  # noqa: F401 - registers the daily look at terms that end
