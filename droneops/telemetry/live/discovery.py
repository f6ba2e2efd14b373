"""Cameras and gimbals of one vehicle, found by asking: MAV_CMD_REQUEST_MESSAGE.

https://mavlink.io/en/messages/common.html#MAV_CMD_REQUEST_MESSAGE
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from droneops.telemetry.dialect import MessageType, load_dialect
from droneops.telemetry.live.commands import ACCEPTED, REFUSED, UNANSWERED, Command, Commands, Outcome
from droneops.telemetry.live.discovered import (
    CameraInformation,
    DiscoveredCamera,
    DiscoveredGimbal,
    VideoStream,
    make_camera,
    read_camera,
    read_gimbal,
    read_hfov_rad,
    read_stream,
)
from droneops.telemetry.live.frame import LiveFrame, fields_of
from droneops.telemetry.live.patience import wait_s
from droneops.telemetry.live.rates import ASKED, NOT_ASKED, SILENCE_S
from droneops.telemetry.live.roster import Component

REQUEST_MESSAGE = 512
# What came before REQUEST_MESSAGE and is deprecated, but all that some cameras know: MAVSDK's camera server
# answers for its stream to nothing else. MAV_CMD_REQUEST_CAMERA_INFORMATION (1: now) and
# MAV_CMD_REQUEST_VIDEO_STREAM_INFORMATION (stream, 0: all).
_OLDER_COMMAND = {"CAMERA_INFORMATION": 521, "VIDEO_STREAM_INFORMATION": 2504}
ANSWERED = "answered"

# More is no drone's payload.
MAX_CAMERAS = 8
MAX_GIMBALS = 8
MAX_STREAMS = 16
# The autopilot, and a component for each camera and gimbal.
_MAX_COMPONENTS = 1 + MAX_CAMERAS + MAX_GIMBALS

# The answer follows its acknowledgement at once; lost on its way, it is asked for again.
_ANSWER_S = 3.0
# These say that it will not be otherwise until the component starts anew. "Failed" does not: a camera may
# start up later than the autopilot that fronts for it.
_FINAL = ("DENIED", "UNSUPPORTED", "COMMAND_INT_ONLY", "COMMAND_UNSUPPORTED_MAV_FRAME")

_CAMERA_MESSAGES = ("CAMERA_INFORMATION", "VIDEO_STREAM_INFORMATION", "CAMERA_FOV_STATUS")
_GIMBAL_MESSAGES = ("GIMBAL_MANAGER_INFORMATION", "GIMBAL_DEVICE_INFORMATION")
# Ids of gimbals without MAVLink, which mean something only with the component that fronts for them.
_BEHIND_A_COMPONENT = range(1, 7)
_STREAM = "VIDEO_STREAM_INFORMATION"


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked of one component: its state and, where it is not there, why.

    ``stream_id``: the one stream asked for, 0 for all. ``state``: NOT_ASKED, ASKED, ACCEPTED (but not
    come yet), ANSWERED, REFUSED or UNANSWERED.
    """

    component_id: int
    name: str
    stream_id: int
    state: str
    reason: str


class _Asked:
    """A request while it is pursued."""

    def __init__(self) -> None:
        self.state = NOT_ASKED
        self.reason = ""
        self.pending: Command | None = None
        self.next_s = 0.0
        self.in_vain = 0
        self.by_older_command = False


@dataclass(slots=True)
class _Camera:
    """What one camera told so far."""

    streams: dict[int, VideoStream]
    information: CameraInformation | None = None
    hfov_rad: float | None = None


_RequestKey = tuple[int, str, int]


class Discovery:
    """Asks the autopilot, the cameras and the gimbals of one vehicle. Times are monotonic seconds.

    Commands go through ``commands``, whose outcomes are handed to ``settle``. With ``listen_only`` nothing is
    ever asked; what comes unasked is read all the same.
    """

    def __init__(self, system_id: int, commands: Commands, *, listen_only: bool = False) -> None:
        self._system_id = system_id
        self._commands = commands
        self._listen_only = listen_only
        self._components: dict[int, Component] = {}
        self._heard_s: dict[int, float] = {}
        self._requests: dict[_RequestKey, _Asked] = {}
        self._cameras: dict[tuple[int, int], _Camera] = {}
        self._gimbals: dict[tuple[int, int], DiscoveredGimbal] = {}

    def attend(self, component: Component, now_s: float) -> None:
        """Names a component of the link, as often as one likes; a new peer is a reconnect.

        The vehicle's autopilot, which fronts for cameras and gimbals without MAVLink, its cameras and its
        gimbals are asked; all others are passed over.
        """
        known = self._components.get(component.component_id)
        names = _names_for(component) if component.system_id == self._system_id else ()
        if not names or not component.supersedes(known):
            return
        if known is None and len(self._components) >= _MAX_COMPONENTS:
            return
        self._components[component.component_id] = component
        self._heard_s.setdefault(component.component_id, now_s)
        for name in names:
            self._requests.setdefault((component.component_id, name, 0), _Asked())
        if known is not None and known.peer != component.peer:
            self.reconnected()

    def hear(self, frame: LiveFrame, now_s: float) -> None:
        """Takes in one frame of the link; those of other systems are passed over."""
        component_id = frame.component_id
        if frame.system_id != self._system_id or component_id not in self._components:
            return
        if self._is_silent(component_id, now_s):
            self._begin_again(component_id)
        self._heard_s[component_id] = now_s
        message = load_dialect().by_id.get(frame.message_id) if frame.is_known else None
        if message is not None and message.name in (*_CAMERA_MESSAGES, *_GIMBAL_MESSAGES):
            self._read(frame, message, now_s)

    def settle(self, outcome: Outcome, now_s: float) -> None:
        """Takes in what became of a command; those of others are passed over."""
        for (_, name, _), request in self._requests.items():
            if request.pending is not None and request.pending == outcome.command:
                request.pending = None
                if _may_know_the_older(name, request, outcome):
                    request.by_older_command = True
                else:
                    _decided(request, outcome, now_s)

    def due(self, now_s: float) -> None:
        """Asks ``commands`` for what is due."""
        if self._listen_only:
            return
        for key, request in self._requests.items():
            if self._is_due(key, request, now_s):
                self._send(key, request)

    def rebooted(self) -> None:
        """The vehicle may have other cameras now: all is asked again; what was told stands until then."""
        for component_id in self._components:
            self._begin_again(component_id)

    def reconnected(self) -> None:
        """The vehicle is reached anew."""
        self.rebooted()

    def cameras(self) -> tuple[DiscoveredCamera, ...]:
        """The cameras found, by component and camera device."""
        return tuple(
            make_camera(
                (self._system_id, *who),
                camera.information,
                camera.hfov_rad,
                tuple(camera.streams[stream_id] for stream_id in sorted(camera.streams)),
            )
            for who, camera in sorted(self._cameras.items(), key=lambda item: item[0])
        )

    def gimbals(self) -> tuple[DiscoveredGimbal, ...]:
        """The gimbals found, by component and device."""
        return tuple(self._gimbals[who] for who in sorted(self._gimbals))

    def requests(self) -> tuple[Request, ...]:
        """All that was asked, and what became of it."""
        return tuple(
            Request(*key, self._requests[key].state, self._requests[key].reason)
            for key in sorted(self._requests)
        )

    def _is_silent(self, component_id: int, now_s: float) -> bool:
        return now_s - self._heard_s[component_id] > SILENCE_S

    def _begin_again(self, component_id: int) -> None:
        for key, request in list(self._requests.items()):
            if key[0] != component_id:
                continue
            if request.pending is not None:
                self._commands.withdraw(request.pending)
            if key[2]:
                del self._requests[key]
            else:
                self._requests[key] = _Asked()

    def _is_due(self, key: _RequestKey, request: _Asked, now_s: float) -> bool:
        if request.pending is not None or now_s < request.next_s or self._is_silent(key[0], now_s):
            return False
        return request.state != ANSWERED and not (request.state == REFUSED and request.reason in _FINAL)

    def _send(self, key: _RequestKey, request: _Asked) -> None:
        component_id, name, stream_id = key
        number, params = _question(name, stream_id, request.by_older_command)
        peer = self._components[component_id].peer
        command = Command(number, params, self._system_id, component_id, peer)
        if not self._commands.ask(command):
            return
        request.pending = command
        if request.state == NOT_ASKED:
            request.state = ASKED
        elif request.state == ACCEPTED:
            request.reason = "accepted, but it does not come"
            request.in_vain += 1

    def _read(self, frame: LiveFrame, message: MessageType, now_s: float) -> None:
        fields = fields_of(frame, message)
        component_id = frame.component_id
        if message.name in _GIMBAL_MESSAGES:
            self._found_gimbal(read_gimbal(fields, self._system_id, component_id))
        else:
            camera = self._camera((component_id, int(fields["camera_device_id"])))
            if camera is None:
                return
            if message.name == "CAMERA_INFORMATION":
                camera.information = read_camera(fields)
            elif message.name == "CAMERA_FOV_STATUS":
                camera.hfov_rad = read_hfov_rad(fields)
            else:
                self._found_stream(camera, component_id, read_stream(fields), int(fields["count"]), now_s)
        self._answered((component_id, message.name, 0))

    def _answered(self, key: _RequestKey) -> None:
        request = self._requests.get(key)
        if request is not None:
            request.state, request.reason = ANSWERED, ""

    def _camera(self, who: tuple[int, int]) -> _Camera | None:
        if who not in self._cameras and len(self._cameras) >= MAX_CAMERAS:
            return None
        return self._cameras.setdefault(who, _Camera(streams={}))

    def _found_gimbal(self, gimbal: DiscoveredGimbal) -> None:
        is_behind = gimbal.device_id in _BEHIND_A_COMPONENT
        who = (gimbal.component_id if is_behind else gimbal.device_id, gimbal.device_id)
        before = self._gimbals.get(who)
        # A manager does not name what its device has already named.
        if before is not None and before.vendor + before.model and not gimbal.vendor + gimbal.model:
            return
        if before is not None or len(self._gimbals) < MAX_GIMBALS:
            self._gimbals[who] = gimbal

    def _found_stream(
        self, camera: _Camera, component_id: int, stream: VideoStream, count: int, now_s: float
    ) -> None:
        """Takes in a stream; those that ``count`` promises and that do not follow are asked for singly."""
        if stream.stream_id not in camera.streams and len(camera.streams) >= MAX_STREAMS:
            return
        camera.streams[stream.stream_id] = stream
        self._answered((component_id, _STREAM, stream.stream_id))
        for missing in _missing(camera, count):
            request = self._requests.setdefault((component_id, _STREAM, missing), _Asked())
            if request.state == NOT_ASKED:
                request.next_s = now_s + _ANSWER_S


def _missing(camera: _Camera, count: int) -> Iterator[int]:
    """Streams are numbered from 1; a count of none or of 255 is no number of streams."""
    for stream_id in range(1, min(count, MAX_STREAMS) + 1):
        if stream_id not in camera.streams:
            yield stream_id


def _question(name: str, stream_id: int, by_older_command: bool) -> tuple[int, tuple[float, ...]]:
    """The MAV_CMD and parameters that ask for a message."""
    if not by_older_command:
        return REQUEST_MESSAGE, (float(load_dialect().by_name[name].id), float(stream_id))
    return _OLDER_COMMAND[name], (float(stream_id) if name == _STREAM else 1.0,)


def _may_know_the_older(name: str, request: _Asked, outcome: Outcome) -> bool:
    refused = outcome.result == REFUSED and outcome.reason in _FINAL
    return refused and name in _OLDER_COMMAND and not request.by_older_command


def _names_for(component: Component) -> tuple[str, ...]:
    if component.is_autopilot or component.is_camera:
        return (*_CAMERA_MESSAGES, *_GIMBAL_MESSAGES)
    return _GIMBAL_MESSAGES if component.is_gimbal else ()


def _decided(request: _Asked, outcome: Outcome, now_s: float) -> None:
    if request.state == ANSWERED:
        # The message overtook its acknowledgement.
        return
    request.state = outcome.result
    if outcome.result == ACCEPTED:
        request.next_s = now_s + (wait_s(request.in_vain) if request.in_vain else _ANSWER_S)
        return
    request.reason = outcome.reason
    request.next_s = now_s + wait_s(request.in_vain)
    if outcome.result == UNANSWERED or outcome.reason not in _FINAL:
        request.in_vain += 1
