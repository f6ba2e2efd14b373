"""Bad input to a replay: one line that names the thing and the mend, or a counted warning."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def summary(folder: Path) -> dict:
    return json.loads((folder / "summary.json").read_text())


@pytest.fixture
def patrol(example, short_video):
    return ["--video", short_video, "--site", example / "site.toml"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (PNG, "no readable MAVLink frame"),
        (b"This is not a log.\n" * 500, "no readable MAVLink frame"),
        (np.random.default_rng(1).bytes(50_000), "no readable MAVLink frame"),
    ],
    ids=["empty", "a picture", "text", "noise"],
)
def test_what_is_no_log_is_refused_by_name(droneops, tmp_path, content, says) -> None:
    log = tmp_path / "flight.tlog"
    log.write_bytes(content)
    outcome = droneops("replay", "--telemetry", log, "--out", tmp_path / "out")
    assert outcome.status == 2
    assert str(log) in outcome.error
    assert says in outcome.error
    assert listing(tmp_path / "out") == []


def test_a_missing_log_is_refused_by_name(droneops, tmp_path) -> None:
    outcome = droneops("replay", "--telemetry", tmp_path / "none.tlog", "--out", tmp_path / "out")
    assert outcome.status == 2
    assert "none.tlog" in outcome.error
    assert not (tmp_path / "out").exists()


def test_a_truncated_log_gives_what_it_holds(droneops, example, tmp_path) -> None:
    log = tmp_path / "cut.tlog"
    raw = (example / "capture.tlog").read_bytes()
    log.write_bytes(raw[: len(raw) // 2 + 7])
    outcome = droneops("replay", "--telemetry", log, "--out", tmp_path / "out")
    assert outcome.status == 0
    assert summary(tmp_path / "out")["messages"]["ATTITUDE"] > 4000
    assert any("could not be read" in line for line in outcome.warnings)


def test_corrupt_bytes_are_counted_and_cost_only_what_they_touch(droneops, shared, tmp_path) -> None:
    clean, corrupt = tmp_path / "clean", tmp_path / "corrupt"
    flight = shared / "flights" / "faults"
    droneops("replay", "--telemetry", flight / "capture.tlog", "--out", clean)
    outcome = droneops("replay", "--telemetry", flight / "faults-corrupt.tlog", "--out", corrupt)
    assert outcome.status == 0
    lost = summary(clean)["telemetry"]["messages_total"] - summary(corrupt)["telemetry"]["messages_total"]
    assert 5 <= lost <= 25
    assert any("could not be read" in line for line in outcome.warnings)


def test_a_log_without_any_position_puts_nothing_on_the_map_and_says_why(
    droneops, shared, short_video, tmp_path
) -> None:
    log = shared / "logs" / "bruno_20211125-124019_nogpsfix.tlog"
    arguments = ("--video", short_video, "--video-start", "2021-11-25T12:41:00Z", "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", log, *arguments)
    assert outcome.status == 0
    assert any("never had a position fix" in line for line in outcome.warnings)
    counts = summary(tmp_path / "out")["counts"]
    assert counts["located"] == 0
    assert counts["sightings"] == counts["not_located"]["no_fix"] > 0


def test_a_log_of_a_ground_station_alone_holds_no_vehicle(droneops, tmp_path) -> None:
    from pymavlink.dialects.v20 import ardupilotmega as mavlink

    link = mavlink.MAVLink(None, srcSystem=255, srcComponent=190)
    beat = mavlink.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3).pack(link)
    log = tmp_path / "station.tlog"
    log.write_bytes((1795169100_000000).to_bytes(8, "big") + bytes(beat))
    outcome = droneops("replay", "--telemetry", log, "--out", tmp_path / "out")
    assert outcome.status == 0
    assert any("no vehicle" in line for line in outcome.warnings)
    assert summary(tmp_path / "out")["messages"] == {"HEARTBEAT": 1}


def test_several_vehicles_are_listed_and_the_one_asked_for_is_taken(droneops, tmp_path) -> None:
    from pymavlink.dialects.v20 import ardupilotmega as mavlink

    log = tmp_path / "two.tlog"
    with log.open("wb") as stream:
        for step in range(20):
            for system_id in (1, 2):
                link = mavlink.MAVLink(None, srcSystem=system_id, srcComponent=1)
                link.seq = step
                beat = mavlink.MAVLink_heartbeat_message(2, 3, 0, 0, 4, 3).pack(link)
                stream.write((1795169100_000000 + step * 1000).to_bytes(8, "big") + bytes(beat))
    refused = droneops("replay", "--telemetry", log, "--out", tmp_path / "out")
    assert refused.status == 2
    assert "1, 2" in refused.error
    assert "--system-id" in refused.error
    taken = droneops("replay", "--telemetry", log, "--system-id", 2, "--out", tmp_path / "out")
    assert taken.status == 0
    assert summary(tmp_path / "out")["system_id"] == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "no such file"), (b"", "an empty file"), (PNG, "not a video"), (b"x" * 9000, "not a video")],
    ids=["missing", "empty", "a picture", "noise"],
)
def test_what_is_no_video_is_refused_by_name(droneops, example, tmp_path, content, says) -> None:
    video = tmp_path / "flight.mp4"
    if content is not None:
        video.write_bytes(content)
    arguments = ("--video", video, "--video-start", "2026-11-20T10:07:30Z", "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert outcome.status == 2
    assert "flight.mp4" in outcome.error
    assert says in outcome.error
    assert listing(tmp_path / "out") == []


def test_a_video_whose_time_nobody_knows_is_refused_with_the_mend(
    droneops, example, short_video, tmp_path
) -> None:
    video = Path(shutil.copy(short_video, tmp_path / "bare.mp4"))
    outcome = droneops(
        "replay", "--telemetry", example / "capture.tlog", "--video", video, "--out", tmp_path / "out"
    )
    assert outcome.status == 2
    assert "--video-start" in outcome.error


def test_a_video_that_never_overlaps_the_log_is_refused_with_both_times(
    droneops, example, patrol, tmp_path
) -> None:
    arguments = (*patrol, "--video-start", "2026-11-21T10:00:00Z", "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert outcome.status == 2
    assert "2026-11-21T10:00:00" in outcome.error
    assert "2026-11-20T10:05" in outcome.error
    assert "--video-start" in outcome.error
    assert listing(tmp_path / "out") == []


def test_a_video_cut_off_in_the_middle_gives_the_frames_it_holds(droneops, example, tmp_path) -> None:
    import av

    whole = tmp_path / "whole.ts"
    with av.open(str(example / "video.mp4")) as source, av.open(str(whole), "w", format="mpegts") as target:
        copy = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is None or packet.pts * packet.time_base >= 6:
                break
            packet.stream = copy
            target.mux(packet)
    cut = tmp_path / "cut.ts"
    raw = whole.read_bytes()
    cut.write_bytes(raw[: len(raw) // 2])
    arguments = ("--video", cut, "--video-start", "2026-11-20T10:07:30.4Z", "--out", tmp_path / "out")
    outcome = droneops(
        "replay", "--telemetry", example / "capture.tlog", "--site", example / "site.toml", *arguments
    )
    assert outcome.status == 0
    assert 5 <= summary(tmp_path / "out")["counts"]["frames_looked"] < 30


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[camera]\nname = 'x'\nwidth_px = 1280\nheight_px = 720\nfx_pix = 1000.0\n", "did you mean 'fx_px'"),
        ("[camera]\nname = 'x'\nwidth_px = 'wide'\nheight_px = 720\nfx_px = 1.0\n", "camera.width_px"),
        ("[camera]\nname = 'x'\nwidth_px = 1280\nheight_px = 720\nfx_px = 0.0\n", "camera.fx_px"),
        (
            "[camera]\nname = 'x'\nwidth_px = 640\nheight_px = 480\nfx_px = 900.0\n",
            "the video has 1280 x 720",
        ),
        ("[camera]\nname = 'x'\nwidth_px = 1280\nheight_px = 720\n", "fx_px"),
        ("[camera\n", "not valid TOML"),
        ("[camera]\nname='x'\nwidth_px=1280\nheight_px=720\nfx_px=9e307\n", "camera.fx_px"),
        ("[camera]\nname='x'\nwidth_px=1280\nheight_px=720\nfx_px=1e3\ncx_px=1e9\n", "camera.cx_px"),
        (
            "[camera]\nname='x'\nwidth_px=1280\nheight_px=720\nfx_px=1e3\n[sigma]\nheading_deg=1e308\n",
            "sigma",
        ),
        ("[camera]\nname='x'\nwidth_px=1280\nheight_px=720\nfx_px=1e3\n[bias]\ntime_offset_s=1e12\n", "bias"),
        ("[camera]\nname='x'\nwidth_px=1280\nheight_px=720\nfx_px=" + "9" * 400 + "\n", "camera.fx_px"),
    ],
)
def test_a_wrong_camera_file_is_refused_by_its_key(droneops, example, patrol, tmp_path, text, says) -> None:
    camera = tmp_path / "camera.toml"
    camera.write_text(text)
    arguments = (*patrol, "--camera", camera, "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert outcome.status == 2
    assert says in outcome.error
    assert listing(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[site]\nid = 'a'\nstatos = 'test'\n", "did you mean 'status'"),
        ("[site]\nid = 7\n", "site.id"),
        ("[site]\nid = 'a/b'\n", "MQTT topics"),
        ("[site]\nid = 'a'\n[[zone_layer]]\npath = 'none.geojson'\n", "none.geojson"),
        ("[site]\nid = 'a'\n[[rule]]\nid = 'R99'\n", "R99"),
        ("[site]\nid = 'a'\n[[drone]]\nid = 'd'\ndetector = 'arucoo'\n", "arucoo"),
        ("[site]\nid = 'a'\n[routing]\ndefault = 'nobody'\n", "nobody"),
        ("[site]\nid = 'a'\ntimezone = 'Asia/Nowhere'\n", "Asia/Bangkok"),
        ("[site]\nid = 'a'\n[detector.arucoo]\nlabels = { 3 = 'boat' }\n", "did you mean 'aruco'"),
        ("[site]\nid = 'a'\n[detector.aruco]\nlabels = { 3 = '' }\n", "plain text"),
        ("[site]\nid = 'a'\n[detector.aruco]\nlabels = { 3 = \"boat\\u001b[2J\" }\n", "plain text"),
        ("[site]\nid = 'a'\n[[rule]]\nid = 'R0'\nlabels = []\n", "rule.0.labels"),
        ("[site]\nid = 'a'\n[terrain]\nsource = 'value'\n", "alt_msl_m is missing"),
        (
            "[site]\nid = 'a'\n[terrain]\nsource = 'dem'\n",
            "'terrain': source is dem, but terrain.path is missing",
        ),
        ("[site]\nid = 'a'\n[terrain]\nsource = 'value'\nalt_msl_m = 1e308\n", "terrain.alt_msl_m"),
        ("[site]\nid = 'a'\n[terrain]\nsigma_m = 1e308\n", "terrain.sigma_m"),
        ("[site]\nid = " + "9" * 5000 + "\n", "site.toml"),
        ("a = " + "[" * 5000, "not valid TOML"),
        ("", "'site' is missing"),
    ],
)
def test_a_wrong_site_file_is_refused_by_its_key(
    droneops, example, short_video, tmp_path, text, says
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(text)
    arguments = ("--video", short_video, "--site", site, "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert outcome.status == 2
    assert says in outcome.error
    assert listing(tmp_path / "out") == []


@pytest.mark.parametrize("option", ["--site", "--camera"])
def test_a_missing_site_or_camera_file_is_refused_by_name(
    droneops, example, short_video, tmp_path, option
) -> None:
    arguments = ("--video", short_video, option, tmp_path / "none.toml", "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert outcome.status == 2
    assert "none.toml" in outcome.error


def test_a_result_folder_in_use_is_left_as_it_is(droneops, example, tmp_path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", "--out", out)
    assert outcome.status == 2
    assert "not empty" in outcome.error
    assert listing(out) == ["mine.txt"]


def test_an_empty_result_folder_is_used(droneops, example, tmp_path) -> None:
    (tmp_path / "out").mkdir()
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", "--out", tmp_path / "out")
    assert outcome.status == 0
    assert "summary.json" in listing(tmp_path / "out")


@pytest.mark.parametrize("arguments", [("--looks-per-second", "-1"), ("--looks-per-second", "often")])
def test_an_impossible_number_of_looks_is_refused(droneops, example, patrol, tmp_path, arguments) -> None:
    outcome = droneops(
        "replay", "--telemetry", example / "capture.tlog", *patrol, *arguments, "--out", tmp_path / "out"
    )
    assert outcome.status == 2
    assert "--looks-per-second" in outcome.error


def test_publishing_without_a_broker_is_refused_before_the_work(droneops, example, tmp_path) -> None:
    outcome = droneops(
        "replay", "--telemetry", example / "capture.tlog", "--publish", "--out", tmp_path / "o"
    )
    assert outcome.status == 2
    assert "[broker]" in outcome.error
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--ground-alt-msl", "nan"),
        ("--ground-alt-msl", "1e308"),
        ("--ground-alt-msl", "high"),
        ("--video-offset", "1e308"),
        ("--video-offset", "nan"),
        ("--video-offset", "automatic"),
        ("--video-start", "9999-12-31T23:59:59Z"),
        ("--video-start", "0001-01-01T00:00:00+14:00"),
        ("--video-start", "2026-11-20T10:07:30"),
        ("--drone-id", "a/b"),
    ],
)
def test_an_impossible_value_of_an_option_is_refused_by_name(
    droneops, example, patrol, tmp_path, option, value
) -> None:
    arguments = (*patrol, option, value, "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert outcome.status == 2
    assert option in outcome.error
    assert not (tmp_path / "out").exists()


def test_a_wrong_camera_file_is_noticed_without_a_video_too(droneops, example, tmp_path) -> None:
    arguments = ("--camera", tmp_path / "none.toml", "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert outcome.status == 2
    assert "none.toml" in outcome.error


def test_a_label_the_detector_never_reports_is_named(droneops, example, short_video, tmp_path) -> None:
    site = tmp_path / "site.toml"
    site.write_text("[site]\nid = 'a'\n[detector.aruco]\nlabels = { marker_3 = 'boat', 9 = 'person' }\n")
    arguments = ("--video", short_video, "--site", site, "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert outcome.status == 0
    assert [line for line in outcome.warnings if "marker_3" in line]
    assert not [line for line in outcome.warnings if "'9'" in line]


def test_a_rule_that_is_switched_off_is_said(droneops, example, short_video, tmp_path) -> None:
    site = tmp_path / "site.toml"
    site.write_text("[site]\nid = 'a'\n[[rule]]\nid = 'R0'\nenabled = false\n")
    arguments = ("--video", short_video, "--site", site, "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert any("switched off" in line for line in outcome.warnings)


def test_a_site_file_with_a_byte_order_mark_is_read(droneops, example, tmp_path) -> None:
    site = tmp_path / "site.toml"
    site.write_bytes(b"\xef\xbb\xbf" + (example / "site.toml").read_bytes())
    shutil.copy(example / "camera.toml", tmp_path)
    outcome = droneops(
        "replay", "--telemetry", example / "capture.tlog", "--site", site, "--out", tmp_path / "o"
    )
    assert outcome.status == 0


def test_a_pipe_or_a_folder_in_place_of_a_file_is_refused_at_once(droneops, example, tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for thing in (pipe, tmp_path):
        for option in ("--telemetry", "--site", "--camera"):
            files = {"--telemetry": example / "capture.tlog", option: thing}
            arguments = [part for pair in files.items() for part in pair]
            outcome = droneops("replay", *arguments, "--out", tmp_path / "out")
            assert outcome.status == 2
            # A folder may be a live site's recordings; one that holds none is told what is due.
            is_folder_of_looks = thing == tmp_path and option == "--telemetry"
            told = "no recording: site/desk" if is_folder_of_looks else "not a plain file"
            assert told in outcome.error
            assert "Traceback" not in outcome.error


def test_a_recording_whose_end_is_lost_gets_the_advice_it_needs(droneops, example, tmp_path) -> None:
    video = tmp_path / "cut.mp4"
    raw = (example / "video.mp4").read_bytes()
    video.write_bytes(raw[: len(raw) // 2])
    arguments = ("--video", video, "--video-start", "2026-11-20T10:07:30.4Z", "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert outcome.status == 2
    assert "lost its index" in outcome.error


def test_a_damaged_beginning_shifts_no_frame_in_time(droneops, example, tmp_path) -> None:
    """The first two seconds cannot be decoded; what follows keeps its time and its place."""
    import av

    video = tmp_path / "damaged.mp4"
    raw = bytearray((example / "video.mp4").read_bytes())
    with av.open(str(example / "video.mp4")) as container:
        packets = [p for p in container.demux(video=0) if p.dts is not None][:20]
        for packet in packets:
            raw[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    video.write_bytes(raw)
    (tmp_path / "damaged.json").write_text('{"start_utc": "2026-11-20T10:07:30.400Z"}')
    arguments = ("--video", video, "--site", example / "site.toml", "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert outcome.status == 0
    first = json.loads((tmp_path / "out" / "sightings.jsonl").read_text().splitlines()[0])
    assert first["time"] >= "2026-11-20T10:07:32"
    assert first["detector_label"] == "marker-9"
    assert (first["lat_deg"], first["lon_deg"]) == pytest.approx((16.44333322, 104.75261295), abs=3e-5)


def test_the_start_of_a_video_from_its_creation_time_widens_every_circle(droneops, example, tmp_path) -> None:
    import av

    video = tmp_path / "created.mp4"
    with av.open(str(example / "video.mp4")) as source, av.open(str(video), "w") as target:
        target.metadata["creation_time"] = "2026-11-20T10:07:30.400000Z"
        copy = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is None or packet.pts * packet.time_base >= 3:
                break
            packet.stream = copy
            target.mux(packet)
    common = ("--telemetry", example / "capture.tlog", "--video", video, "--site", example / "site.toml")
    outcome = droneops("replay", *common, "--out", tmp_path / "out")
    assert outcome.status == 0, outcome.stderr
    assert any("creation time" in line for line in outcome.warnings)
    known = droneops(
        "replay", *common, "--video-start", "2026-11-20T10:07:30.4Z", "--out", tmp_path / "known"
    )
    assert known.status == 0

    def median_ce90_m(folder: Path) -> float:
        lines = (folder / "sightings.jsonl").read_text().splitlines()
        return float(np.median([json.loads(line)["ce90_m"] for line in lines]))

    assert median_ce90_m(tmp_path / "out") > 20 + median_ce90_m(tmp_path / "known")


def test_a_log_that_never_says_where_the_gimbal_looked_is_not_called_looked_at(
    droneops, example, short_video, tmp_path
) -> None:
    from droneops.telemetry.tlog import parse_tlog

    raw = (example / "capture.tlog").read_bytes()
    log = parse_tlog(raw)
    drop = {log.dialect.by_name[n].id for n in ("GIMBAL_DEVICE_ATTITUDE_STATUS", "GIMBAL_MANAGER_STATUS")}
    keep = ~np.isin(log.headers.message_id, list(drop))
    rows = zip(log.headers.record_start[keep].tolist(), log.headers.record_end[keep].tolist(), strict=True)
    bare = tmp_path / "bare.tlog"
    bare.write_bytes(b"".join(raw[start:end] for start, end in rows))
    arguments = ("--video", short_video, "--site", example / "site.toml", "--out", tmp_path / "out")
    outcome = droneops("replay", "--telemetry", bare, *arguments)
    assert outcome.status == 0
    assert any("where the gimbal looked" in line for line in outcome.warnings)
    assert any("could not be put on the map: gimbal_unknown" in line for line in outcome.warnings)
    assert summary(tmp_path / "out")["coverage"]["looked_s"] == 0


def test_the_sites_drone_is_not_given_another_vehicles_flight(droneops, shared, example, tmp_path) -> None:
    log = shared / "flights" / "faults" / "capture.tlog"
    droneops(
        "replay",
        "--telemetry",
        log,
        "--site",
        example / "site.toml",
        "--system-id",
        2,
        "--out",
        tmp_path / "o",
    )
    assert summary(tmp_path / "o")["drone_id"] == "drone-2"


def test_a_detector_named_by_path_is_looked_for_beside_the_site_file(droneops, example, tmp_path) -> None:
    site = tmp_path / "site.toml"
    site.write_text("[site]\nid = 'a'\n[[drone]]\nid = 'd'\ndetector = 'models/x/card.toml'\n")
    outcome = droneops(
        "replay", "--telemetry", example / "capture.tlog", "--site", site, "--out", tmp_path / "o"
    )
    assert outcome.status == 2
    assert str(tmp_path / "models" / "x" / "card.toml") in outcome.error
