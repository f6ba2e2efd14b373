"""Video is shared only where the site file says so, and never in the clear with another machine."""

from __future__ import annotations

import pytest

from droneops.config import load_site
from droneops.errors import ConfigError


def site(tmp_path, text: str):
    path = tmp_path / "site.toml"
    path.write_text(f'[site]\nid = "test"\n[sharing]\n{text}\n')
    return load_site(path).file.sharing


def test_nothing_is_shared_unless_the_file_says_where(tmp_path) -> None:
    assert site(tmp_path, "").url is None


@pytest.mark.parametrize(
    "text",
    [
        'url = "https://a.example"',
        'url = "http://127.0.0.1:8443"',
        'url = "https://a.example"\nbind = "0.0.0.0:443"\ncert_file = "c"\nkey_file = "k"',
    ],
)
def test_what_is_safe_is_taken(tmp_path, text) -> None:
    assert site(tmp_path, text).url


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('url = "http://a.example"', "https://"),
        ('url = "https://a.example"\nbind = "0.0.0.0:443"', "cert_file and key_file"),
        ('cert_file = "c"', "cert_file and key_file, or neither"),
        ("link_minutes = 0", "link_minutes"),
        ("viewers_max = 0", "viewers_max"),
    ],
)
def test_what_is_not_safe_is_refused(tmp_path, text, says) -> None:
    with pytest.raises(ConfigError, match=says):
        site(tmp_path, text)
