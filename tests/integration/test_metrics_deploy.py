"""What is shipped for Prometheus and Grafana fits what the service says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from metrics_peers import snapshot

from droneops.fleet.metrics.families import families_of

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "droneops.rules.yml"
DASHBOARD = DEPLOY / "grafana" / "droneops.json"


def known() -> set[str]:
    return {family.name for family in families_of(snapshot())}


def named_in(text: str) -> set[str]:
    return set(re.findall(r"\bdroneops_[a-z_0-9]+", text))


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed: run tests/install-servers.sh")
    return subprocess.run(
        [program, *arguments], cwd=RULES.parent, text=True, capture_output=True, timeout=120
    )


def test_the_alert_rules_fire_when_they_should_and_only_then() -> None:
    tested = promtool("test", "rules", "droneops.rules.test.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_prometheus_takes_the_shipped_configuration() -> None:
    checked = promtool("check", "config", "prometheus.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_alert_rule_has_a_test() -> None:
    rules = set(re.findall(r"alert: (\w+)", RULES.read_text()))
    tested = set(re.findall(r"Droneops\w+", (RULES.parent / "droneops.rules.test.yml").read_text()))
    assert rules == tested


def test_rules_and_dashboard_name_only_what_the_service_says() -> None:
    rules = named_in(" ".join(re.findall(r"expr: (.*)", RULES.read_text())))
    board = named_in(DASHBOARD.read_text())
    assert rules
    assert board
    assert (rules | board) - known() == set()


def test_the_dashboard_shows_what_an_operator_watches() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    shown = named_in(" ".join(target["expr"] for panel in panels for target in panel["targets"]))
    assert shown >= {
        "droneops_frame_age_seconds",
        "droneops_poses_per_second",
        "droneops_detector_p95_seconds",
        "droneops_outbox_waiting",
        "droneops_outbox_oldest_age_seconds",
        "droneops_receipts_outstanding",
        "droneops_drone_restarts_total",
    }


def test_no_two_panels_of_the_dashboard_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
