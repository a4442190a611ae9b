from django.apps import AppConfig


class VoiceConfig(AppConfig):
    name = "gonghui.voice"
    label = "voice"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.voice import erasing  # noqa: F401 - registers what goes with a worker's account
