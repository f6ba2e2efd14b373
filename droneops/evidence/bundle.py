"""An incident's evidence bundle: a zip whose manifest names every file's digest, and the bundle before it.

The zip is the same bytes for the same content: fixed order, fixed time stamps, no compression of pictures.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can hold; a bundle's times are in its manifest."""


def make_bundle(
    files: Mapping[str, bytes], facts: Mapping[str, Any], previous_sha256: str | None
) -> tuple[bytes, str]:
    """The bundle's bytes and their sha256. ``facts`` go into the manifest as they are (JSON)."""
    entries = [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(files.items())
    ]
    manifest = {
        "schema": "droneops.evidence/1",
        **facts,
        "previous_bundle_sha256": previous_sha256,
        "files": entries,
        "signature": None,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    raw = _zip({"manifest.json": text, **dict(sorted(files.items()))})
    return raw, hashlib.sha256(raw).hexdigest()


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, ZIP_EPOCH)
            packed = zipfile.ZIP_STORED if name.endswith(".jpg") else zipfile.ZIP_DEFLATED
            info.compress_type = packed
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()
