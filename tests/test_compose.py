"""`docker compose up` starts the app alone; the profile `shared` adds PostgreSQL and two apps on it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from lossmask.settings import Settings
from lossmask.storage.location import url_of

from tests.shared import ROOT

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def of_profile(profile: str) -> set[str]:
    return {name for name, service in SERVICES.items() if profile in service.get("profiles", [""])}


def test_the_app_alone_by_default() -> None:
    assert of_profile("") == {"lossmask"}
    assert "LOSSMASK_DATABASE_URL" not in SERVICES["lossmask"]["environment"]


def test_shared_is_a_postgresql_and_two_apps() -> None:
    assert of_profile("shared") == {"postgres", "shared-1", "shared-2"}
    for name in ("shared-1", "shared-2"):
        environment = SERVICES[name]["environment"]
        address = environment["LOSSMASK_DATABASE_URL"].replace("${LOSSMASK_POSTGRES_PASSWORD:-lossmask}", "x")
        assert url_of(Settings({"LOSSMASK_DATABASE_URL": address})).host == "postgres"
        assert "postgres" in SERVICES[name]["depends_on"]
    assert SERVICES["postgres"]["networks"] == ["database"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_hardened_and_listens_to_this_machine_alone(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].partition(":")[0] not in ("", "0")
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
