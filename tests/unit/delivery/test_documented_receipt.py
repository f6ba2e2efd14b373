"""Who builds a receipt as the documents show it is understood."""

from __future__ import annotations

import json
import re
from pathlib import Path

from droneops.delivery import receipt
from droneops.delivery.outbox import receipts

DELIVERY = Path(__file__).resolve().parents[3] / "docs" / "delivery.md"
TEXT = DELIVERY.read_text(encoding="utf-8")


def example() -> dict[str, object]:
    """The receipt that the documents show."""
    blocks = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    return next(table for table in map(json.loads, blocks) if table["schema"] == "droneops.receipt/1")


def test_the_documented_receipt_is_one() -> None:
    found = receipt.parse_receipt(json.dumps(example()).encode(), "mukdahan-police", None)
    assert (found.action, found.by) == ("acknowledged", "Sgt Somchai")


def test_make_receipt_gives_the_documented_receipt() -> None:
    said = example()
    made = receipt.make_receipt(
        {"id": str(said["alert_id"]), "sha256": str(said["alert_sha256"])},
        "acknowledged",
        receipt_id=str(said["receipt_id"]),
        agency="mukdahan-police",
        at_us=receipt.Receipt.model_validate(said).at_us,
        by="Sgt Somchai",
        note=str(said["note"]),
    )
    assert json.loads(made) == said


def test_every_reason_for_refusing_a_receipt_is_documented() -> None:
    ours = {
        value
        for name, value in vars(receipts).items()
        if name.isupper() and isinstance(value, str) and re.fullmatch(r"[a-z_]+", value)
    }
    assert {"other_bytes", "unknown_alert"} <= ours
    for reason in {*ours, *map(str, receipt.Refusal)}:
        assert f"`{reason}`" in TEXT
