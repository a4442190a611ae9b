from django.apps import AppConfig


class WellbeingConfig(AppConfig):
    name = "gonghui.wellbeing"
    label = "wellbeing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.wellbeing import own_data  # noqa: F401 - registers what goes with a worker's account
