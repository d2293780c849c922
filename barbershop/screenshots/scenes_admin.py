"""What staff see in Django admin."""

from playwright.async_api import expect

from barbershop.screenshots.album import WIDE_LIMIT_BYTES
from barbershop.screenshots.studio import Office, admin_page


async def look_at_bookings(office: Office, picture: str) -> None:
    """The owner signs in and opens the bookings."""
    page = await admin_page(office.page.context, office.address)
    await page.locator("#id_username").fill("owner")
    await page.locator("#id_password").fill(office.password)
    await page.locator("#login-form [type=submit]").click()
    await expect(page.locator("#user-tools")).to_be_visible()
    await page.goto(f"{office.address}bookings/booking/")
    await expect(page.locator("#result_list tbody tr").first).to_be_visible()
    office.album.add(picture, await page.screenshot(animations="disabled"), limit=WIDE_LIMIT_BYTES)
