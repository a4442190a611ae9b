from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "gonghui.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.jobs import erasing, own_data  # noqa: F401 - registers what goes with a worker's account
