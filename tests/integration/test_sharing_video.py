"""Video of an incident reaches who has its link, as the drone sent it, and nobody else."""

from __future__ import annotations

import io
import json
import shutil
import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import av
import pytest
from sharing_peers import INCIDENT, STREAM, Camera, Server, sharing_server
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from droneops.sharing.board import Stream
from droneops.sharing.watched import read_log

CHROMIUM = shutil.which("chromium")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with sharing_server(tmp_path) as server:
        yield server


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[Camera]:
    with Camera(tmp_path).running() as camera:
        yield camera


@pytest.fixture
def saying(server: Server) -> Iterator[list[Stream]]:
    """What the site says each second; emptied, the drone sees the place no more."""
    seen, stop = [STREAM], threading.Event()

    def say() -> None:
        while not stop.is_set():
            server.say(*seen)
            stop.wait(0.5)

    thread = threading.Thread(target=say, daemon=True)
    thread.start()
    time.sleep(0.7)
    yield seen
    stop.set()
    thread.join()


def ws_of(server: Server, link: str) -> str:
    return f"ws://127.0.0.1:{server.port}{link}/patrol-1/eo/ws"


def watch(server: Server, link: str, seconds: float) -> tuple[list[dict[str, object]], bytes]:
    told: list[dict[str, object]] = []
    data, end_s = b"", time.monotonic() + seconds
    with connect(ws_of(server, link), max_size=1 << 22) as socket:
        while time.monotonic() < end_s:
            with suppress(TimeoutError):
                message = socket.recv(timeout=0.5)
                if isinstance(message, str):
                    told.append(json.loads(message))
                else:
                    data += message
    return told, data


def test_a_viewer_gets_the_very_pictures_that_the_drone_sent(server, camera, saying) -> None:
    told, data = watch(server, server.link(), 3.0)
    assert str(told[0]["mime"]).startswith('video/mp4; codecs="avc1')
    assert any("at_us" in each for each in told)
    with av.open(io.BytesIO(data)) as got:
        frames = list(got.decode(video=0))
    assert len(frames) > 25
    # MP4 has a length where the stream has a start code.
    slices = [packet.data.rpartition(b"\0\0\1")[2] for packet in camera.sent]
    assert sum(one in data for one in slices) >= len(frames)
    events = [(line["event"], line["how"], line["agency"], line["what"]) for line in read_log(server.folder)]
    assert events[0] == ("begun", "ws", "police", "patrol-1/eo")


def test_that_somebody_has_gone_is_written_down_with_how_much_he_was_sent(server, camera, saying) -> None:
    _, data = watch(server, server.link(), 2.0)
    end_s = time.monotonic() + 10.0
    while time.monotonic() < end_s and len(list(read_log(server.folder))) < 2:
        time.sleep(0.1)
    begun, ended = read_log(server.folder)
    assert (begun["event"], ended["event"], ended["incident_id"]) == ("begun", "ended", INCIDENT)
    assert int(ended["bytes"]) >= len(data) > 0
    assert ended["to"] > ended["from"]


def test_hls_plays_and_is_written_down(server, camera, saying, tmp_path) -> None:
    address = f"{server.base}{server.link()}/patrol-1/eo/index.m3u8"
    end_s = time.monotonic() + 30.0
    while time.monotonic() < end_s and b"#EXTINF" not in server.get(address.removeprefix(server.base))[1]:
        time.sleep(0.5)
    with av.open(address, options={"live_start_index": "0"}) as got:
        frames = [frame for frame, _ in zip(got.decode(video=0), range(30), strict=False)]
    assert (frames[0].width, frames[0].height, len(frames)) == (320, 180, 30)
    assert next(read_log(server.folder))["how"] == "hls"


def test_a_stream_ends_when_its_picture_leaves_the_place(server, camera, saying) -> None:
    with connect(ws_of(server, server.link()), max_size=1 << 22) as socket:
        socket.recv(timeout=5.0)
        saying.clear()
        end_s = time.monotonic() + 20.0
        with pytest.raises(ConnectionClosed):
            while time.monotonic() < end_s:
                socket.recv(timeout=5.0)


@pytest.mark.parametrize(
    "path", ["", "/now", "/patrol-1/eo/index.m3u8", "/patrol-1/eo/0.m4s", "/clips/a.mp4"]
)
def test_no_link_opens_nothing(server, camera, saying, path) -> None:
    status, body, headers = server.get("/v/" + "x" * 43 + path)
    assert status == 404
    assert b"patrol-1" not in body
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("why", ["expired", "another agency", "over", "the site is silent"])
def test_a_link_opens_nothing_any_more(server, camera, why) -> None:
    link = server.link(minutes=0.0) if why == "expired" else server.link()
    if why == "over":
        server.say(is_on=False)
    elif why != "the site is silent":
        server.say(STREAM, agencies=("park",) if why == "another agency" else ("police",))
    assert server.get(link)[0] == 404
    with pytest.raises(InvalidStatus), connect(ws_of(server, link)):
        pass
    assert not list(read_log(server.folder))


def test_a_stream_that_does_not_see_the_place_is_not_shown(server, camera) -> None:
    server.say()
    link = server.link()
    assert json.loads(server.get(link + "/now")[1])["streams"] == []
    assert server.get(link + "/patrol-1/eo/index.m3u8")[0] == 404


def test_a_page_of_somebody_else_opens_no_stream(server, camera, saying) -> None:
    link = server.link()
    with pytest.raises(InvalidStatus), connect(ws_of(server, link), origin="https://evil.example"):
        pass


def test_clips_are_given_and_nothing_beside_them(server, camera, saying) -> None:
    folder = server.folder / "clips" / INCIDENT
    folder.mkdir(parents=True)
    (folder / "patrol-1-eo-1.mp4").write_bytes(b"a clip")
    (folder / "secret.txt").write_bytes(b"no clip")
    link = server.link()
    assert server.get(link + "/clips/patrol-1-eo-1.mp4")[1] == b"a clip"
    assert json.loads(server.get(link + "/now")[1])["clips"] == ["patrol-1-eo-1.mp4"]
    for name in ("secret.txt", "..%2F..%2Fsite.toml", "%2e%2e", "absent.mp4"):
        assert server.get(link + "/clips/" + name)[0] == 404


def test_no_link_is_in_a_log_or_a_file(server, camera, saying) -> None:
    link = server.link()
    server.get(link)
    watch(server, link, 1.0)
    token = link.rpartition("/")[2].encode()
    for path in server.folder.rglob("*"):
        if path.is_file():
            assert token not in path.read_bytes(), path


def asked_of_page(profile: Path, expression: str) -> object:
    """What an expression is on the page of a Chromium that listens to its debugger (DevTools Protocol)."""
    port = (profile / "DevToolsActivePort").read_text().split()[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5.0) as answer:
        page = next(each for each in json.load(answer) if each["type"] == "page")
    with connect(page["webSocketDebuggerUrl"], max_size=1 << 22) as socket:
        params = {"expression": expression, "returnByValue": True}
        socket.send(json.dumps({"id": 1, "method": "Runtime.evaluate", "params": params}))
        return json.loads(socket.recv(timeout=10.0))["result"]["result"].get("value")


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on PATH")
def test_a_browser_plays_it_and_says_when_no_camera_sees_the_place(server, camera, saying, tmp_path) -> None:
    profile = tmp_path / "profile"
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
    command += ["--disable-background-networking", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    browser = subprocess.Popen(
        [*command, server.base + server.link()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until((profile / "DevToolsActivePort").exists, 30.0)
        shows = "v => v ? [v.videoWidth, v.currentTime, v.error === null] : null"
        video = f"({shows})(document.querySelector('video'))"

        def is_playing() -> bool:
            shown = asked_of_page(profile, video)
            return isinstance(shown, list) and shown[0] == 320 and shown[1] > 2.0 and shown[2] is True

        wait_until(is_playing, 40.0)
        assert asked_of_page(profile, "document.getElementById('said').textContent") == ""
        saying.clear()
        said = "document.querySelectorAll('video').length + document.getElementById('said').textContent"
        wait_until(lambda: str(asked_of_page(profile, said)).startswith("0ขณะนี้ไม่มีกล้อง"), 40.0)
    finally:
        browser.terminate()
        browser.wait(10.0)


def wait_until(is_so: Callable[[], bool], longest_s: float) -> None:
    end_s = time.monotonic() + longest_s
    while time.monotonic() < end_s:
        with suppress(OSError, StopIteration, KeyError):
            if is_so():
                return
        time.sleep(0.3)
    raise AssertionError("it did not come about in time")


def test_with_a_certificate_it_speaks_tls_alone(tmp_path: Path) -> None:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(made, check=True, capture_output=True)
    with sharing_server(tmp_path, tls=(cert, key)) as server:
        context = ssl.create_default_context(cafile=cert)
        assert server.get("/v/none", context)[0] == 404
        with pytest.raises(OSError):
            server.get("/v/none", ssl.create_default_context())
