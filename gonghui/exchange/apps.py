from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "gonghui.exchange"
    label = "exchange"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.exchange import watching  # noqa: F401 - its finding stands in `gonghui check`
