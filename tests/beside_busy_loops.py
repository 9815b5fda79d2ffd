"""Run a command while two other processes do nothing but compute: `python tests/beside_busy_loops.py COMMAND...`.

What passes on an idle machine alone passes by luck. The exit status is the command's; 2 where there is none.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

LOOPS = 2
#: It ends with its standard input, and so with whoever started it, however that ends.
LOOP = """
import os, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
while True:
    pass
"""


def main(command: list[str]) -> int:
    """Run the command beside LOOPS busy loops; returns its exit status."""
    if not command:
        print("beside_busy_loops: wanted a command to run, got none", file=sys.stderr)
        return 2
    with ExitStack() as loops:
        for _ in range(LOOPS):
            loops.enter_context(subprocess.Popen([sys.executable, "-c", LOOP], stdin=subprocess.PIPE))
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
