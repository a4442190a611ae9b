from django.apps import AppConfig


class SignonConfig(AppConfig):
    name = "gonghui.signon"
    label = "signon"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # What these register: consents and erasure, ways to sign in, the time of signing in, web hooks, duties.
        from gonghui.signon import consents, duties, hooks, links, times  # noqa: F401
