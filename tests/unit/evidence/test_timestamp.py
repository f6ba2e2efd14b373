"""Time stamps: fetched from an authority (here openssl's), and checked offline against its certificate."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from droneops.errors import ConfigError, DeliveryError, UsageError
from droneops.evidence.bundle import make_bundle
from droneops.evidence.signature import sign
from droneops.evidence.timestamp import BadStampError, check_stamp, fetch_stamp, load_certificates
from droneops.evidence.verify import trust_in, verify_bundle

pytest.importorskip("rfc3161_client", reason="the optional package for time stamps is not installed")

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
accuracy = secs:1
[extensions]
basicConstraints = CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[req]
distinguished_name = name
[name]
"""


@dataclass(frozen=True)
class Authority:
    """A time-stamping authority: its address, the root that vouches for it, and another one's root."""

    url: str
    root: Path
    other_root: Path
    answers: dict[str, bytes]


def openssl(folder: Path, command: str) -> None:
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path) -> None:
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01")
    for name in ("root", "other"):
        request = f"req -config tsa.cnf -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem"
        openssl(folder, f"{request} -days 3650 -subj /CN={name} -extensions ca")
    openssl(folder, "req -config tsa.cnf -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=tsa")
    signing = "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -days 3650"
    openssl(folder, f"{signing} -extfile tsa.cnf -extensions extensions -out tsa.pem")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    folder = tmp_path_factory.mktemp("tsa")
    make_authority(folder)
    answers: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            command = "ts -reply -config tsa.cnf -queryfile query -signer tsa.pem -inkey tsa.key -out answer"
            openssl(folder, command)
            answer = answers.get(self.path, (folder / "answer").read_bytes())
            self.send_response(404 if self.path == "/missing" else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield Authority(url, folder / "root.pem", folder / "other.pem", answers)
        server.shutdown()
        thread.join()


def test_an_authoritys_stamp_is_checked_offline(authority: Authority) -> None:
    raw = fetch_stamp(authority.url, b"manifest")
    stamped = check_stamp(raw, b"manifest", load_certificates(authority.root))
    assert stamped.tzinfo is not None
    with pytest.raises(BadStampError, match="another manifest"):
        check_stamp(raw, b"other manifest", load_certificates(authority.root))
    with pytest.raises(BadStampError, match="does not vouch"):
        check_stamp(raw, b"manifest", load_certificates(authority.other_root))


def test_no_flipped_byte_of_a_stamp_changes_what_it_says(authority: Authority) -> None:
    raw = fetch_stamp(authority.url, b"manifest")
    roots = load_certificates(authority.root)
    stamped = check_stamp(raw, b"manifest", roots)
    refused = 0
    for place in range(0, len(raw), 7):
        forged = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        try:
            assert check_stamp(forged, b"manifest", roots) == stamped
        except BadStampError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize("answer", [b"", b"nonsense", bytes(70_000), b"\x30\x03\x02\x01\x02"])
def test_an_authority_that_answers_nonsense(authority: Authority, answer: bytes) -> None:
    authority.answers["/bad"] = answer
    with pytest.raises(DeliveryError):
        fetch_stamp(f"{authority.url}/bad", b"manifest")


def test_the_stamp_of_an_earlier_request_is_not_taken(authority: Authority) -> None:
    authority.answers["/old"] = fetch_stamp(authority.url, b"manifest")
    with pytest.raises(DeliveryError, match="another request"):
        fetch_stamp(f"{authority.url}/old", b"manifest")


def test_an_authority_that_is_not_there(authority: Authority) -> None:
    with pytest.raises(DeliveryError):
        fetch_stamp(f"{authority.url}/missing", b"manifest")
    with pytest.raises(UsageError, match="http"):
        fetch_stamp("file:///etc/passwd", b"manifest")


def test_a_bundle_says_when_it_was_stamped(authority: Authority, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    signer = partial(sign, key=key)
    table = {
        "schema": "droneops.alert/1",
        "id": "a",
        "incident_id": "i",
        "sequence": 1,
        "journal_head": None,
    }
    import json

    alert = json.dumps({**table, "signature": sign(table, key)}).encode()
    files = {"alerts.jsonl": alert + b"\n"}
    facts = {"bundle_id": "b", "incident_id": "i"}
    stamp = partial(fetch_stamp, authority.url)
    path = tmp_path / "b.zip"
    path.write_bytes(make_bundle(files, facts, None, sign=signer, stamp=stamp)[0])
    known = trust_in([key.public_key()], certificates=load_certificates(authority.root))
    verdict = verify_bundle(path, known)
    assert verdict.good
    assert verdict.stamped_at is not None
    unchecked = verify_bundle(path, key.public_key())
    assert (unchecked.good, unchecked.stamped_at) == (True, None)
    assert "--tsa-certificate" in unchecked.notes[0]
    path.write_bytes(make_bundle(files, facts, None, sign=signer)[0])
    assert verify_bundle(path, known).notes == ("there is no time stamp in it",)
    assert verify_bundle(path, key.public_key()).notes == ()
    path.write_bytes(
        make_bundle(files, facts, None, sign=signer, stamp=lambda _: stamp(b"another manifest"))[0]
    )
    problem = verify_bundle(path, known).problem
    assert problem is not None
    assert problem.one_line().startswith("timestamp.tsr: is about another manifest")


def test_what_is_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("nothing")
    for path in (tmp_path / "x", tmp_path / "missing", tmp_path):
        with pytest.raises(ConfigError):
            load_certificates(path)
