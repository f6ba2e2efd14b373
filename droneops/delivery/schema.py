"""Writes the published JSON Schemas: ``python -m droneops.delivery.schema FOLDER``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from droneops.delivery.alert import json_schema

FILE = "alert-1.schema.json"


def schema_text() -> str:
    """The alert's schema as it is published."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write_schemas(folder: Path) -> None:
    """Write all schemas into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
