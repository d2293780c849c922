"""What a master who has just come does."""

from bookings.models import Offer, Service


def offer_everything(*, master_id: int) -> None:
    """Let a master do every service, at the shop's price and duration; who offers something keeps to that.

    In the caller's transaction.
    """
    if not Offer.objects.filter(master=master_id).exists():
        offered = Service.objects.filter(is_active=True)
        Offer.objects.bulk_create(Offer(master_id=master_id, service=service) for service in offered)
