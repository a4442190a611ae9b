from django.apps import AppConfig


class FindingConfig(AppConfig):
    name = "gonghui.finding"
    label = "finding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.finding import keeping
        from gonghui.kernel import front

        front.discover()
        keeping.listen()
