from django.apps import AppConfig


class MembershipConfig(AppConfig):
    name = "gonghui.membership"
    label = "membership"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers what goes with a worker's account, and the messages that go to the register's own phone.
        from gonghui.membership import erasing, tasks  # noqa: F401
