from django.apps import AppConfig


class BarbershopConfig(AppConfig):
    name = "barbershop"

    def ready(self) -> None:
        from barbershop import checks  # noqa: F401 - registers the system checks
