from django.apps import AppConfig


class CraftConfig(AppConfig):
    name = "gonghui.craft"
    label = "craft"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.craft import erasing  # noqa: F401 - registers what goes with an account
