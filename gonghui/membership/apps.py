from django.apps import AppConfig


class MembershipConfig(AppConfig):
    name = "gonghui.membership"
    label = "membership"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.membership import erasing  # noqa: F401 - registers what goes with a worker's account
