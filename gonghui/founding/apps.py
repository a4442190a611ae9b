from django.apps import AppConfig


class FoundingConfig(AppConfig):
    name = "gonghui.founding"
    label = "founding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers the daily look at terms that end, and what goes with a worker's account.
        from gonghui.founding import duties, erasing  # noqa: F401
