"""Links to an incident's video: each for one agency, until it expires. The file holds no token."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from droneops.errors import OutputError

FILE = "sharing.sqlite"
"""In the data folder."""

TOKEN_BYTES = 32
"""256 random bits: nobody finds one by trying."""

LONGEST_TOKEN = 128
ID_LENGTH = 12
"""Of the digest: tells links apart in the log of who watched, and opens nothing."""

KEPT_US = 7 * 86_400_000_000
"""After its end a link is still told apart from one that never was."""

_TABLE = """
CREATE TABLE IF NOT EXISTS link (
    digest TEXT PRIMARY KEY, incident_id TEXT NOT NULL, agency TEXT NOT NULL,
    made_us INTEGER NOT NULL, expires_us INTEGER NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Link:
    """Who may watch what until when. ``id`` may be written down."""

    id: str
    incident_id: str
    agency: str
    expires_us: int


class Links:
    """The links of a data folder; several processes may use it at once."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE

    def make(self, incident_id: str, agency: str, now_us: int, minutes: float) -> tuple[str, Link]:
        """A new token and its link; only its receiver knows the token.

        Raises:
            OutputError: it cannot be written.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        digest = _digest(token)
        expires_us = now_us + round(minutes * 60_000_000)
        with self._open() as db:
            db.execute("DELETE FROM link WHERE expires_us < ?", (now_us - KEPT_US,))
            row = (digest, incident_id, agency, now_us, expires_us)
            db.execute("INSERT INTO link VALUES (?, ?, ?, ?, ?)", row)
        return token, Link(digest[:ID_LENGTH], incident_id, agency, expires_us)

    def find(self, token: str, now_us: int) -> Link | None:
        """The link of a token; None where there is none or its time is over.

        Looked up by the token's digest: how long that takes says nothing about any token.

        Raises:
            OutputError: the file cannot be read.
        """
        if not token or len(token) > LONGEST_TOKEN or not self._path.exists():
            return None
        digest = _digest(token)
        with self._open() as db:
            row = db.execute(
                "SELECT incident_id, agency, expires_us FROM link WHERE digest = ? AND made_us <= ?",
                (digest, now_us),
            ).fetchone()
        if row is None or now_us >= row[2]:
            return None
        return Link(digest[:ID_LENGTH], *row)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.touch(mode=0o600, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=2.0)) as db, db:
                db.execute(_TABLE)
                yield db
        except (OSError, sqlite3.Error) as error:
            raise OutputError(f"links cannot be kept: {error}", where=str(self._path)) from None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
