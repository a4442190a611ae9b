from django.apps import AppConfig


class AidConfig(AppConfig):
    name = "gonghui.aid"
    label = "aid"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # A class is sealed as soon as it is entered; what one may take along, and what goes with an account.
        from gonghui.aid import own_data, sealing  # noqa: F401
        from gonghui.aid.mutual import plans

        # The platform does not start with a wrong plan.
        plans.book()
