"""What a user may write as the address of a link."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.errors import ConfigError
from droneops.telemetry.live.address import LinkAddress, parse_address

GOOD = {
    "udpin:0.0.0.0:14550": LinkAddress("udpin", host="0.0.0.0", port=14550),  # noqa: S104 - nothing is bound
    "udpout:10.0.0.5:14550": LinkAddress("udpout", host="10.0.0.5", port=14550),
    "tcp:sim.local:5760": LinkAddress("tcp", host="sim.local", port=5760),
    "tcp:[::1]:5760": LinkAddress("tcp", host="::1", port=5760),
    "serial:/dev/ttyUSB0:57600": LinkAddress("serial", device="/dev/ttyUSB0", baud=57600),
}


@pytest.mark.parametrize(("text", "address"), GOOD.items())
def test_an_address_is_read_and_written_in_the_same_form(text: str, address: LinkAddress) -> None:
    assert parse_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("serial:/dev/ttyUSB0", "serial:/dev/ttyUSB0:57600"),
        ("serial:/dev/by-path/pci-0:00:1.0-port0", "serial:/dev/by-path/pci-0:00:1.0-port0:57600"),
        ("serial:/dev/by-path/pci-0:00:1.0-port0:921600", "serial:/dev/by-path/pci-0:00:1.0-port0:921600"),
        ("udpin:[0:0::0]:14550", "udpin:[::]:14550"),
        (" tcp:10.0.0.5:05760 ", "tcp:10.0.0.5:5760"),
    ],
)
def test_other_spellings_have_one_canonical_form(text: str, canonical: str) -> None:
    assert str(parse_address(text)) == canonical


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no kind of link in ''"),
        ("udp:10.0.0.5:14550", "no kind of link in 'udp:10.0.0.5:14550'"),
        ("udpin", "no kind of link in 'udpin'"),
        ("tcp:10.0.0.5", "no port in"),
        ("tcp:10.0.0.5:", "the port '' is not 1 to 65535"),
        ("tcp:10.0.0.5:0", "the port '0'"),
        ("tcp:10.0.0.5:65536", "the port '65536'"),
        ("tcp:10.0.0.5:５７６０", "the port"),
        ("tcp:10.0.0.5:" + "9" * 5000, "the port"),
        ("tcp::5760", "'' is no host"),
        ("tcp:::1:5760", "the host '::1' has colons and no brackets"),
        ("tcp:[fe80::zz]:5760", "'fe80::zz' is no IPv6 address"),
        ("tcp://10.0.0.5:5760", "'//10.0.0.5' is no host"),
        ("serial:COM3:57600", "the device 'COM3' is no full path"),
        ("serial:57600", "the device '57600' is no full path"),
        ("serial:/dev/ttyUSB0:", "the rate '' is not 300 to 4000000 baud"),
        ("serial:/dev/ttyUSB0:1", "the rate '1' is not 300 to 4000000 baud"),
    ],
)
def test_a_wrong_address_is_told_in_one_line_with_the_forms_that_work(text: str, what: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_address(text, where="site.toml: drone.telemetry")
    line = str(error.value)
    assert line.startswith(f"site.toml: drone.telemetry: {what}")
    assert "serial:/dev/ttyUSB0:57600" in line
    assert "\n" not in line


@given(st.text() | st.from_regex(r"(udpin|udpout|tcp|serial):[ -~]*", fullmatch=True))
def test_any_text_is_an_address_that_reads_back_or_a_config_error(text: str) -> None:
    try:
        address = parse_address(text)
    except ConfigError:
        return
    assert parse_address(str(address)) == address
