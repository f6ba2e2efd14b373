"""``python -m droneops``"""

from droneops.cli import main

main()
