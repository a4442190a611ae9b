from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "gonghui.content"
    label = "content"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.content import own_data  # noqa: F401 - what one may take along, and what goes with an account
