"""One run: every scene in order, each with the pictures that it promises, and the old ones away."""

from collections.abc import Callable

from barbershop.screenshots.album import IMAGES, Album
from barbershop.screenshots.errors import PicturesMissing
from barbershop.screenshots.scene import Scene
from barbershop.screenshots.scenes_admin import look_at_bookings
from barbershop.screenshots.scenes_client import SCENES as CLIENTS
from barbershop.screenshots.scenes_desk import SCENES as DESK
from barbershop.screenshots.scenes_waiting import SCENES as WAITING
from barbershop.screenshots.studio import Studio, open_office

SCENES: tuple[Scene, ...] = (*CLIENTS, *WAITING, *DESK)
ADMIN = "admin"
GUIDE = "guide"


def pictures() -> list[str]:
    """The names of all pictures, in the order in which they are taken."""
    return [*(name for scene in SCENES for name in scene.pictures), ADMIN]


async def take_all(*, say: Callable[[str], None]) -> None:
    """Take all pictures; what no scene takes any more is removed from the guide's folder."""
    async with open_office(Album()) as office:
        for scene in SCENES:
            say(scene.play.__name__)
            await take(scene, office)
        await look_at_bookings(office, ADMIN)
    kept = set(pictures())
    for path in (IMAGES / GUIDE).glob("*.png"):
        if f"{GUIDE}/{path.stem}" not in kept:
            path.unlink()


async def take(scene: Scene, studio: Studio) -> None:
    """Play a scene; PicturesMissing when it does not take what it promises."""
    before = len(studio.album.taken)
    await scene.play(studio)
    taken = tuple(studio.album.taken[before:])
    if taken != scene.pictures:
        raise PicturesMissing(f"{scene.play.__name__} has taken {taken}, not {scene.pictures}")
