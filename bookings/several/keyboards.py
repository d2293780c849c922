"""Buttons to tick several services."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardMarkup

from accounts.keyboards import button, keyboard, way_back
from bookings.callbacks import MOST_SERVICES, ChooseMaster, ChooseService, pack_services
from bookings.models import Service
from bookings.several import texts
from bookings.several.callbacks import ChooseSeveral


def services(offered: Sequence[Service], ticked: Sequence[int]) -> InlineKeyboardMarkup:
    """The services to tick: a tap ticks one more, or no longer. They keep the order of the list, as on a card."""

    def toggled(service_id: int) -> ChooseSeveral:
        wanted = {*ticked} ^ {service_id}
        return ChooseSeveral(services=pack_services(each.pk for each in offered if each.pk in wanted))

    rows = [
        [button(texts.button_tick(service, ticked=service.pk in ticked), toggled(service.pk))]
        for service in offered
        if service.pk in ticked or len(ticked) < MOST_SERVICES
    ]
    go_on = [button(texts.button_next(), ChooseMaster(services=pack_services(ticked)))] if ticked else []
    return keyboard(*rows, go_on, way_back(ChooseService()))
