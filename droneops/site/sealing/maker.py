"""The process that makes evidence bundles, so that no alert ever waits for one.

python -m droneops.site.sealing.maker < JOB    a line on its output for each bundle that cannot be made

It is started by the site's process, ends with it, and leaves the cores to everybody else.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.errors import DroneopsError
from droneops.evidence.signature import signer
from droneops.fleet.tied import end_with_parent
from droneops.site.sealing.bundle import seal_all
from droneops.site.sealing.job import job_from_bytes
from droneops.telemetry.live.now import system_clock

NICER = 15
"""nice(2): a thirtieth of the share of what watches; a bundle has minutes."""


def main() -> int:
    """Make the bundles of the job on the standard input; the exit status."""
    if not end_with_parent(os.getppid()):
        return 0
    # Ctrl-C reaches all processes of the terminal; the site's says when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(NICER)
    clock = system_clock()
    try:
        job = job_from_bytes(sys.stdin.buffer.read())
        sign = None if job.key_file is None else signer(job.key_file)
        with Outbox.open(job.data / FILE_NAME, clock.utc_us) as outbox:
            troubles = seal_all(job, outbox, sign, clock)
    except DroneopsError as error:
        troubles = [error.one_line()]
    for line in troubles:
        sys.stdout.write(f"{line}\n")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
