from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "gonghui.learning"
    label = "learning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.learning import erasing, own_data  # noqa: F401 - registers what goes with a worker's account
