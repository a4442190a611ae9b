from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "gonghui.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # They register what the rooms below show of a worker's own: in 我的, and in the file of the own data.
        from gonghui.portal import front, own_data  # noqa: F401
