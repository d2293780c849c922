"""`python -m barbershop.deploy_check` fails when production would not start."""

import pytest

from barbershop import deploy_check


def test_production_environment_takes_nothing_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "nonsense")
    environment = deploy_check.production_environment()

    assert environment["DEBUG"] == "off"
    assert "TRUSTED_PROXIES" not in environment
    assert environment["SECRET_KEY"] != deploy_check.production_environment()["SECRET_KEY"]


def test_deploy_check_is_clean() -> None:
    assert deploy_check.main() == 0


def test_deploy_check_fails_on_a_setting_that_would_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = deploy_check.production_environment() | {"SECRET_KEY": "short"}
    monkeypatch.setattr(deploy_check, "production_environment", lambda: environment)

    assert deploy_check.main() != 0


def test_deploy_check_fails_on_a_name_that_settings_do_not_know(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deploy_check, "settings_read", lambda: deploy_check.names_handed_over() - {"SHOP_NAME"})

    assert deploy_check.main() == 1
    assert "SHOP_NAME" in capsys.readouterr().err
