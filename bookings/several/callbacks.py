"""What the ticks of several services carry."""

from aiogram.filters.callback_data import CallbackData

from bookings.callbacks import ServicesOrNone, unpack_services


class ChooseSeveral(CallbackData, prefix="1tick"):
    """Open the choice of several services with these ticked, or none."""

    services: ServicesOrNone = ""

    @property
    def service_ids(self) -> list[int]:
        return unpack_services(self.services)
