from django.apps import AppConfig


class VenuesConfig(AppConfig):
    name = "gonghui.venues"
    label = "venues"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.venues import card_scans, own_data, ratings  # noqa: F401 - registers what goes with a worker's account
