"""A run on two nodes of a real cluster of Ray's, one of which is killed; and what is refused before Ray is loaded."""

import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from viewproof.engine.cluster import joined
from viewproof.errors import UsageError

#: Ten seconds of work: the journal is seconds behind it, and a node is to be lost in the middle.
QUERIES = ("views", "--level", "1")
#: What is not the same in two runs of one plan.
TIMES = {"seconds", "checking_seconds", "journal", "digest"}


@pytest.mark.parametrize(
    "asked", ["", "slurm", "ray:", "ray://", "ray://host", "ray://a b:1", "10.0.0.1:6379", "ray://h:1/x"]
)
def test_what_names_no_cluster_is_wrong_usage(asked):
    with pytest.raises(UsageError, match=r"--cluster: wanted ray or ray://HOST:PORT, got"), joined(asked, "cpu"):
        raise AssertionError("it was joined")


def test_a_worker_on_a_cluster_has_one_gpu_and_no_number_of_it():
    with pytest.raises(UsageError, match=r"wanted --device cuda, .* got cuda:1"), joined("ray", "cuda:1"):
        raise AssertionError("it was joined")


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    wanted = r"--cluster ray: wanted Ray, which comes with viewproof\[ray\]"
    with pytest.raises(UsageError, match=wanted), joined("ray", "cpu"):
        raise AssertionError("it was joined")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def node(log, environment, *arguments):
    """A node of a cluster, as the processes of one session: two CPUs, little memory. Killed whole at the end."""
    command = [
        sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=2", "--node-ip-address=127.0.0.1",
        f"--object-store-memory={80 << 20}", "--min-worker-port=0", "--max-worker-port=0", "--disable-usage-stats",
        "--include-log-monitor=false", *arguments,
    ]  # fmt: skip
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, env=environment, stdout=said, stderr=said, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process):
    """End all processes of the session that the process leads."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(true, process, log, seconds=120):
    last = time.monotonic() + seconds
    while not true():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < last, log.read_text()
        time.sleep(0.05)


def listens(port):
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def run(out, environment, *more):
    command = [sys.executable, "-m", "viewproof.cli", "run", *QUERIES, "--out", str(out)]
    said = (out.parent / f"{out.name}.txt").open("wb")
    with said:
        return subprocess.Popen([*command, *more], env=environment, stdout=said, stderr=subprocess.STDOUT)


def summary(out):
    return {name: value for name, value in json.loads((out / "summary.json").read_text()).items() if name not in TIMES}


def has_begun(out):
    journal = out / "journal.jsonl"
    return journal.exists() and journal.stat().st_size > 0


def works(process):
    """Whether a station is at work among the processes of the session that the process leads."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (folder / "cmdline").read_bytes().startswith(b"ray::RayStation.step"):
                session = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
                if session == process.pid:
                    return True
    return False


@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed (viewproof[ray])")
def test_a_run_of_which_a_node_is_lost_is_the_run_that_it_would_have_been(tmp_path):
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "HOME": str(tmp_path),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    environment.pop("RAY_ADDRESS", None)
    port, client = free_port(), free_port()
    plain, spread = tmp_path / "plain", tmp_path / "spread"
    # The paths of sockets must be short.
    folder = Path(tempfile.mkdtemp(prefix="vp-", dir="/tmp"))
    with ExitStack() as ends:
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        of_head, of_other = tmp_path / "head.txt", tmp_path / "other.txt"
        head = ends.enter_context(
            node(of_head, environment, "--head", f"--port={port}", f"--ray-client-server-port={client}",
                 "--include-dashboard=false", f"--temp-dir={folder}")
        )  # fmt: skip
        here = run(plain, environment)
        ends.callback(here.kill)
        until(lambda: listens(port), head, of_head)
        other = ends.enter_context(node(of_other, environment, f"--address=127.0.0.1:{port}"))
        assert here.wait(120) == 0, (tmp_path / "plain.txt").read_text()
        until(lambda: "Ray runtime started" in of_other.read_text(), other, of_other)
        until(lambda: listens(client), head, of_head)
        there = run(spread, environment, "--cluster", f"ray://127.0.0.1:{client}")
        ends.callback(there.kill)
        until(lambda: has_begun(spread) and works(other), there, tmp_path / "spread.txt")
        kill(other)
        assert there.wait(120) == 0, (tmp_path / "spread.txt").read_text()
    assert "viewproof: lost a worker on node" in (spread / "workers.log").read_text(errors="replace")
    assert summary(spread) == summary(plain)
    facts = json.loads((spread / "run.json").read_text())
    assert (facts["cluster"], facts["jobs"]) == (f"ray://127.0.0.1:{client}", 4)
    assert "worker" in facts["environment"]
    assert "conforms" in (tmp_path / "spread.txt").read_text().splitlines()[-1]
