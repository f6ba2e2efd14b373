"""Writes the published JSON Schemas: ``python -m droneops.delivery.schema FOLDER``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from droneops.delivery import alert, receipt

SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "alert-1.schema.json": alert.json_schema,
    "receipt-1.schema.json": receipt.json_schema,
}


def schema_text(file: str) -> str:
    """The schema as it is published in ``file``, one of `SCHEMAS`."""
    return json.dumps(SCHEMAS[file](), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write_schemas(folder: Path) -> None:
    """Write all schemas into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in SCHEMAS:
        (folder / file).write_text(schema_text(file), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
