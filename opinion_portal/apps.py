from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "opinion_portal"

    def ready(self) -> None:
        # Whoever sends a task (web, command, worker) must know the broker; without this Celery's default app is used.
        import opinion_portal.celery  # noqa: F401
