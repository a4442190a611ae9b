from django.apps import AppConfig, apps


class KernelConfig(AppConfig):
    name = "gonghui.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the rooms' rules and load their flows: a wrong flow file must stop the start, not a worker's case.

        The same for a vault key that is none.
        """
        from gonghui.kernel import vault
        from gonghui.kernel.flow import registry

        vault.cipher()

        registry.discover(config.name for config in apps.get_app_configs() if config.name.startswith("gonghui."))
