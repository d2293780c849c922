"""What a scene is."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from barbershop.screenshots.studio import Studio


class Scene(NamedTuple):
    """What people do, and the pictures that are taken meanwhile, by their names below docs/images, in order.

    A scene may need those before it.
    """

    play: Callable[[Studio], Awaitable[None]]
    pictures: tuple[str, ...]
