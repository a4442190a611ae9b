from django.apps import AppConfig, apps


class KernelConfig(AppConfig):
    name = "gonghui.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the rooms' rules and load their flows: a wrong flow file must stop the start, not a worker's case.

        The same for a vault key that is none.
        """
        from django import forms
        from django.utils.translation import gettext_lazy

        from gonghui.kernel import vault
        from gonghui.kernel.flow import registry

        # What a form says of an empty field where its author wrote nothing better: Django speaks of database fields.
        forms.Field.default_error_messages["required"] = gettext_lazy("请填写这一项。")
        vault.cipher()

        registry.discover(config.name for config in apps.get_app_configs() if config.name.startswith("gonghui."))
