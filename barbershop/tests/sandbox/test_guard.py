"""The sandbox answers this machine's own programs and its own page only, and tells nobody the token."""

import ast
import json
import logging
from pathlib import Path

import aiohttp
import pytest

import barbershop.sandbox
from barbershop.sandbox.guard import is_loopback
from barbershop.sandbox.server import Sandbox
from barbershop.tests.sandbox.conftest import ANNA, TOKEN, Api

PACKAGE = Path(barbershop.sandbox.__file__).parent
READ_PATHS = (
    "/",
    "/page/app.js",
    "/control/people",
    f"/control/people/{ANNA}/history",
    "/control/events",
    "/control/counters",
    "/control/requests",
    "/control/faults",
    "/control/rules",
    "/control/webhook",
    "/control/profile",
    "/control/groups",
)
SECRET = "s" * 40


@pytest.mark.parametrize("path", ["/", "/control/people", f"/bot{TOKEN}/getMe"])
async def test_a_foreign_host_name_is_refused(sandbox: Sandbox, http: aiohttp.ClientSession, path: str) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "192.168.0.1:8081", ""):
        async with http.get(sandbox.url + path, headers={"Host": host}) as response:
            assert response.status in {400, 403}


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8081"])
async def test_loopback_names_are_welcome(sandbox: Sandbox, http: aiohttp.ClientSession, host: str) -> None:
    async with http.get(f"{sandbox.url}/control/people", headers={"Host": host}) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_another_site_can_not_act(sandbox: Sandbox, http: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    async with http.post(f"{sandbox.url}/control/reset", json={}, headers=headers) as response:
        assert response.status == 403
    async with http.get(f"{sandbox.url}/control/people", headers=headers) as response:
        assert response.status == 403


async def test_the_own_page_may(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    headers = {"Origin": sandbox.url, "Sec-Fetch-Site": "same-origin"}
    async with http.post(f"{sandbox.url}/control/reset", json={}, headers=headers) as response:
        assert response.status == 200


async def test_a_plain_form_can_not_post_to_the_control_api(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {"Content-Type": kind}
        async with http.post(f"{sandbox.url}/control/reset", data="{}", headers=headers) as response:
            assert response.status == 415


async def test_the_page_has_a_strict_policy_and_no_inline_code(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    async with http.get(sandbox.url) as response:
        policy = response.headers["Content-Security-Policy"]
        text = await response.text()
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "style=" not in text
    assert "innerHTML" not in "".join(path.read_text("utf-8") for path in (PACKAGE / "page").glob("*.js"))


async def test_documents_are_saved_never_shown(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    stored = sandbox.world.add_file('a"\r\nX: y.html', "text/html", b"<script>alert(1)</script>")
    async with http.get(f"{sandbox.url}/control/files/{stored.file_id}") as response:
        assert response.content_type == "application/octet-stream"
        names = response.headers["Content-Disposition"]
    assert names == "attachment; filename=\"a___X__y.html\"; filename*=UTF-8''a%22X%3A%20y.html"


async def test_the_token_is_nowhere_to_be_read(
    sandbox: Sandbox, api: Api, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await api("getMe")
    await api("noSuchMethod")
    await api.result("setWebhook", url="https://example.com/hook", secret_token=SECRET)
    assert SECRET not in str(await api.result("getWebhookInfo"))
    sandbox.world.people.clear()
    await api("sendMessage", text="breaks", chat_id=ANNA)
    sandbox.world.rules.switch("chat_id_required", on=False)
    assert (await api("sendMessage", text="breaks the sandbox itself"))["error_code"] == 500
    sandbox.world.reset()
    seen = []
    for path in READ_PATHS:
        async with http.get(sandbox.url + path) as response:
            assert response.status == 200
            seen.append(await response.text())
    assert "the sandbox broke in sendMessage" in caplog.text
    everything = caplog.text + "".join(seen) + repr(api.url)
    assert "x" * 35 not in everything
    assert SECRET not in everything


async def test_a_refusal_of_the_control_api_is_json(api: Api, http: aiohttp.ClientSession) -> None:
    async with http.post(f"{api.url}/control/people/77/text", json={"text": "hi"}) as response:
        assert response.status == 409
        assert json.loads(await response.text()) == {"ok": False, "error": "nobody has the id 77"}
    async with http.post(f"{api.url}/control/people/{ANNA}/text", json=[]) as response:
        assert response.status == 400


async def test_it_listens_on_loopback_only() -> None:
    assert [is_loopback(h) for h in ("127.0.0.1", "::1", "[::1]", "localhost")] == [True] * 4
    assert [is_loopback(h) for h in ("0.0.0.0", "::", "10.0.0.1", "example.com", "")] == [False] * 5
    with pytest.raises(ValueError, match="loopback only"):
        async with Sandbox.running(token=TOKEN, host="0.0.0.0"):
            pass


def test_the_sandbox_is_telegram_and_knows_nothing_of_the_shop() -> None:
    allowed = {"aiohttp", "barbershop.sandbox"}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.split(".", maxsplit=1)[0]
                ours = top in {"barbershop", "bookings", "schedules", "accounts", "observability", "django"}
                assert not ours or any(name.startswith(a) for a in allowed), f"{path.name} imports {name}"
