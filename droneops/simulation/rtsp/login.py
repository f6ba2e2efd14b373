"""Basic and digest logins of RTSP (RFC 2617 without qop, MD5: what players and cameras speak)."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import md5
from typing import Literal

from droneops.simulation.rtsp.message import Request

REALM = "droneops rehearsal"
_FIELD = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Login:
    """A user of a rehearsal's stream."""

    user: str
    password: str = field(repr=False)
    scheme: Literal["basic", "digest"] = "digest"

    def challenge(self, nonce: str) -> str:
        """The WWW-Authenticate header."""
        return (
            f'Basic realm="{REALM}"' if self.scheme == "basic" else f'Digest realm="{REALM}", nonce="{nonce}"'
        )

    def lets_in(self, request: Request, nonce: str) -> bool:
        """Whether a request carries the right answer to the challenge."""
        given = request.headers.get("authorization", "")
        if self.scheme == "basic":
            wanted = "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode()
            return hmac.compare_digest(given.encode(), wanted.encode())
        fields = dict(_FIELD.findall(given)) if given.lower().startswith("digest ") else {}
        if fields.get("username") != self.user or fields.get("nonce") != nonce:
            return False
        secret = _md5(f"{self.user}:{REALM}:{self.password}")
        asked = f"{request.method}:{fields.get('uri', '')}"
        asked = _md5(request.method + ":" + fields.get("uri", ""))
        wanted = _md5(f"{secret}:{nonce}:{asked}")
        return hmac.compare_digest(fields.get("response", "").encode(), wanted.encode())


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
