"""The documents name every setting of the site file, and its default."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from droneops.config import (
    AgencySection,
    BrokerSection,
    DeliverySection,
    EvidenceSection,
    SiteFile,
    SiteSection,
)

CONFIGURATION = Path(__file__).resolve().parents[3] / "docs" / "configuration.md"
ROWS = [line for line in CONFIGURATION.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]


def row_of(key: str) -> list[str]:
    """The cells of the row whose first cell names the key."""
    found = [row for row in ROWS if f"{key}`" in row.split("|")[1]]
    assert found, f"docs/configuration.md has no row for {key}"
    return [cell.strip() for cell in found[0].split("|")[1:-1]]


@pytest.mark.parametrize("section", list(SiteFile.model_fields))
def test_every_section_of_the_site_file_is_documented(section: str) -> None:
    assert any(f"[{section}" in row for row in ROWS)


@pytest.mark.parametrize(
    "model", [SiteSection, BrokerSection, AgencySection, DeliverySection, EvidenceSection]
)
def test_every_setting_is_documented_with_its_default(model: type[BaseModel]) -> None:
    for key, field in model.model_fields.items():
        cells = row_of(key)
        if isinstance(field.default, bool):
            assert cells[1] == str(field.default).lower()
        elif isinstance(field.default, int | float):
            assert cells[1] == f"{field.default:g}"
        elif isinstance(field.default, str):
            assert field.default in cells[1]
