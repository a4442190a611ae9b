from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "gonghui.knowledge"
    label = "knowledge"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gonghui.knowledge import erasing  # noqa: F401 - registers what goes with a worker's account
        from gonghui.knowledge.standing import published_now
        from gonghui.law import published

        published.use(published_now)
