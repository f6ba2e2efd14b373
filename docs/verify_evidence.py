"""Verify an evidence bundle without droneops: python verify_evidence.py BUNDLE.zip site.pub [ALERTS.jsonl]

Needs Python 3, the package `cryptography`, and no network. Prints `good`, or names the first thing that does
not fit and ends with status 1. ALERTS.jsonl: the alerts as you received them; each one of this incident must
be in the bundle. It reads only what the manifest names; `droneops evidence verify` checks the archive too.
"""

import base64
import hashlib
import json
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def text(value):
    """A parsed message as canonical JSON (RFC 8785)."""
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: pair[0].encode("utf-16-be"))
        return "{" + ",".join(text(key) + ":" + text(item) for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text, value)) + "]"
    return number(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def number(value):
    """A fraction as JavaScript writes it."""
    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:
        plain = format(Decimal(repr(value)), "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return repr(value).replace("e-0", "e-").replace(".0e", "e")


def parsed(raw):
    """The value of JSON; a key given twice would have two readings, one of them not what was signed."""
    return json.loads(raw, object_pairs_hook=without_twins)


def without_twins(pairs):
    """The table of its pairs."""
    if len(dict(pairs)) != len(pairs):
        raise SystemExit("bad: a key is given twice")
    return dict(pairs)


def check(message, key, what):
    """Stop unless the key's holder said this message."""
    signature = message.pop("signature", None)
    if signature is None:
        raise SystemExit(f"bad: {what} is not signed")
    try:
        key.verify(base64.b64decode(signature["value"]), text(message).encode())
    except InvalidSignature:
        raise SystemExit(f"bad: the signature of {what} does not fit it") from None


def main(bundle_name, key_name, received_name=None):
    """Check the manifest's signature, each file's digest, each alert's signature, and the alerts received."""
    key = load_pem_public_key(Path(key_name).read_bytes())
    with zipfile.ZipFile(bundle_name) as bundle:
        manifest = parsed(bundle.read("manifest.json"))
        check(manifest, key, "manifest.json")
        for entry in manifest["files"]:
            if hashlib.sha256(bundle.read(entry["name"])).hexdigest() != entry["sha256"]:
                raise SystemExit(f"bad: {entry['name']} is not the file that the manifest names")
        alerts = bundle.read("alerts.jsonl").splitlines()
    for count, line in enumerate(alerts, start=1):
        check(parsed(line), key, f"alert {count}")
    received = [] if received_name is None else Path(received_name).read_bytes().splitlines()
    for count, line in enumerate(received, start=1):
        if json.loads(line)["incident_id"] == manifest["incident_id"] and line not in alerts:
            raise SystemExit(f"bad: alert {count} that you received is not in the bundle")
    sys.stdout.write("good\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
