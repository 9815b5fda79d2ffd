"""What a driver started ends with it, also where it was about to load for seconds."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells a process of its parent's end")

LOADS = "from viewproof.engine.lifetime import end_with_driver; end_with_driver(); print('loads', flush=True)"
STARTED = f"{LOADS}; import time; time.sleep(60)"
DRIVER = f"""
import subprocess, sys, time
from viewproof.engine.lifetime import told_its_driver
with told_its_driver():
    started = subprocess.Popen([sys.executable, "-c", {STARTED!r}])
print(started.pid, flush=True)
time.sleep(60)
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def alive(pid):
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
    except OSError:
        return False


def test_it_ends_with_a_driver_that_is_killed():
    driver = subprocess.Popen([sys.executable, "-c", DRIVER], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    said = {driver.stdout.readline().strip(), driver.stdout.readline().strip()}
    (pid,) = (int(one) for one in said - {"loads"})
    assert alive(pid)
    driver.kill()
    driver.wait()
    driver.stdout.close()
    for _ in range(200):
        if not alive(pid):
            return
        time.sleep(0.01)
    os.kill(pid, 9)
    raise AssertionError(f"{pid} outlived its driver")


@pytest.mark.parametrize(("driver", "said"), [("1", ""), (None, "loads\n")])
def test_it_ends_where_its_driver_is_gone_and_goes_on_where_it_was_told_of_none(driver, said):
    told = ENVIRONMENT if driver is None else ENVIRONMENT | {"VIEWPROOF_DRIVER": driver}
    done = subprocess.run([sys.executable, "-c", LOADS], capture_output=True, text=True, env=told, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")
