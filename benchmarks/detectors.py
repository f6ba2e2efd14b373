"""How well the shipped model does, against public ones, and what it costs: one run, one machine.

    python benchmarks/detectors.py [--dev ../shared/data/aerial] [--weights ../shared/data/models]
        [--card CARD ...] [--empty FOLDER ...] [--most-empty 3000] [--only WORD] [--threads 2]
        [--frames 20] [--quick] [--json]

Accuracy on the development pictures (evaluation only: nothing was trained with them): AP50 by class with the
number of boxes and a 95 % interval over flights, AP50:95, and by size; precision and recall at the shipped
thresholds. Cost on frames of 720p and 1080p: the development picture with most boxes, resized, as a crowd is
the most work beside the model. False alarms over empty pictures, as frames and as tracks. The peers are as
they come: their labels that mean nothing to us count neither way, their threshold is 0.4. ``--card`` adds
others (the same weights as INT8). Without the shared data only what ships is measured, and only its cost.
"""

import sys
from importlib import import_module
from pathlib import Path

# The folder of a script comes first on the path: every benchmark that means the package `detectors` would
# find this file. It sends them on.
HERE = Path(__file__).resolve().parent
sys.path[:] = [*(entry for entry in sys.path if Path(entry).resolve() != HERE), str(HERE)]

if __name__ == "__main__":
    from detector_table import main

    main()
elif __name__ == "detectors":
    del sys.modules[__name__]
    import_module(__name__)
