from django.apps import AppConfig


class ServicesConfig(AppConfig):
    name = "gonghui.services"
    label = "services"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.services import (
            erasing,  # noqa: F401 - registers what goes with a worker's account
            running,  # noqa: F401 - its finding stands in `gonghui check`
        )
