"""The script that takes the pictures takes them: one scene, and what becomes of a picture on the way to the album."""

from asyncio import Task
from pathlib import Path

import pytest
from django.utils import timezone

from barbershop.sandbox.client import SandboxClient
from barbershop.screenshots.album import LIMIT_BYTES, Album, buttons_of, with_buttons
from barbershop.screenshots.errors import NotScratch, PicturesMissing, PictureTooBig
from barbershop.screenshots.furniture import furnish
from barbershop.screenshots.scene import Scene
from barbershop.screenshots.scenes_client import first_steps
from barbershop.screenshots.session import take
from barbershop.screenshots.studio import Studio, browser, chat_page

# One white pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63f80f0001010100b138f6140000000049454e44ae426082"
)


@pytest.mark.browser
@pytest.mark.timeout(300)
async def test_a_scene_is_played_and_its_phone_taken(bot: Task[None], telegram: SandboxClient, tmp_path: Path) -> None:
    async with browser() as context:
        studio = Studio(await chat_page(context, telegram.base_url), telegram, Album(tmp_path))
        await take(Scene(first_steps, ("guide/client-start", "guide/client-menu")), studio)
    empty, menu = ((tmp_path / "guide" / f"client-{name}.png").read_bytes() for name in ("start", "menu"))
    assert buttons_of(empty) == []
    assert buttons_of(menu) == ["✂️ Записаться", "🗓 Мои записи", "❓ Помощь", "🌐 Язык"]


def test_a_picture_remembers_its_buttons() -> None:
    assert buttons_of(PIXEL) is None
    assert buttons_of(with_buttons(PIXEL, ["✂️ Записаться", "В меню"])) == ["✂️ Записаться", "В меню"]


def test_a_heavy_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureTooBig, match="menu"):
        Album(tmp_path).add("menu", PIXEL + bytes(LIMIT_BYTES))
    assert list(tmp_path.iterdir()) == []


def test_made_up_people_get_into_a_scratch_database_only() -> None:
    with pytest.raises(NotScratch):
        furnish(now=timezone.now())


async def test_a_scene_that_takes_too_little_is_refused(tmp_path: Path) -> None:
    async def idle(_studio: Studio) -> None: ...

    studio = Studio(page=None, chat=None, album=Album(tmp_path))  # type: ignore[arg-type] # the scene looks at neither
    with pytest.raises(PicturesMissing, match="guide/menu"):
        await take(Scene(idle, ("guide/menu",)), studio)
