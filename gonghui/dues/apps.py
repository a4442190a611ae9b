from django.apps import AppConfig


class DuesConfig(AppConfig):
    name = "gonghui.dues"
    label = "dues"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # What the bank says of a rebate goes to its ledger; what one may take along of one's dues.
        from gonghui.dues import own_data, rebates  # noqa: F401
