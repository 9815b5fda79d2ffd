"""A cluster of Ray's, joined: the one module that knows Ray, which is loaded only where a run asks for it.

`ray` is the cluster that this machine belongs to, as Ray itself finds it (RAY_ADDRESS, or one that runs here); where
there is none, one is started here and ends with the run. `ray://HOST:PORT` is the address of a cluster's Ray client
server, which need not be this machine's.
"""

from __future__ import annotations

import logging
import os
import platform
import re
import signal
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from viewproof.engine.station import Station
from viewproof.engine.stations import PATIENCE, Lost, Refused, refuse_unlike
from viewproof.engine.stopping import stops_held
from viewproof.engine.versions import versions_here
from viewproof.errors import UsageError, first_line

_ASKED = re.compile(r"ray(://[^\s:/]+:[0-9]{1,5})?|ray://\[[0-9A-Fa-f:.]+\]:[0-9]{1,5}")
#: How much of a node's number its name has.
_NODE = 12
#: The bytes of memory for objects that a cluster has which is started here: answers are small.
_OBJECTS = 100 << 20


def check_asked(asked: str) -> None:
    """Raise UsageError unless `asked` names a cluster as `--cluster` takes it."""
    if _ASKED.fullmatch(asked) is None:
        raise UsageError(f"--cluster: wanted ray or ray://HOST:PORT, got {asked!r}")


class RayStation(Station):
    """A station that Ray has placed on a node."""

    def node(self) -> str:
        import ray

        return f"{platform.node()}/{ray.get_runtime_context().get_node_id()[:_NODE]}"


class RayCluster:
    """A cluster that this process has joined; see `Cluster` in stations.py. `ray` is the module."""

    def __init__(self, ray: Any, device: str) -> None:
        self._ray = ray
        self._accelerated = device.partition(":")[0] == "cuda"
        self._kind = "GPU" if self._accelerated else "CPU"

    def _nodes(self) -> dict[str, int]:
        """The nodes on which a worker may be, by their names, and how many."""
        with stops_held():
            nodes = [node for node in self._ray.nodes() if node["Alive"]]
        places = {node["NodeID"]: int(node["Resources"].get(self._kind, 0)) for node in nodes}
        return {node["NodeID"]: places[node["NodeID"]] for node in nodes if places[node["NodeID"]]}

    @property
    def places(self) -> int:
        """How many workers there is a place for now; 1 where there is none: it is waited for."""
        return max(1, sum(self._nodes().values()))

    def sharing(self, node: str, most: int) -> int:
        alike = [places for name, places in self._nodes().items() if name[:_NODE] == node.rpartition("/")[2]]
        return max(1, min([most, *alike]))

    def refuse_unlike(self) -> None:
        """Raise UsageError unless all nodes have the versions that are here. One that is lost meanwhile is none."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        nodes = list(self._nodes())
        handles = [
            self._station(num_cpus=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False))
            for node in nodes
        ]
        left = {self.ask(handle, "hello"): node for handle, node in zip(handles, nodes, strict=True)}
        until = time.monotonic() + PATIENCE
        while left and time.monotonic() < until:
            for call in self.ready(list(left), 0.5):
                self._compare(call, left.pop(call))
        for handle in handles:
            self.kill(handle)

    def _compare(self, call: Any, node: str) -> None:
        here = versions_here()
        try:
            name, there = self.answer(call)
        except (Lost, Refused) as failed:
            if isinstance(failed, Lost) and node not in self._nodes():
                return
            wanted = f"wanted viewproof {here['viewproof']}, as here"
            raise UsageError(f"the cluster's node {node[:_NODE]}: {wanted}; got {failed}") from failed
        refuse_unlike(name, there, here)

    def _station(self, **where: Any) -> Any:
        with stops_held():
            return self._ray.remote(max_restarts=0, **where)(RayStation).remote()

    def station(self) -> Any:
        accelerators = {"num_gpus": 1} if self._accelerated else {}
        return self._station(num_cpus=1, scheduling_strategy="SPREAD", **accelerators)

    def ask(self, handle: Any, method: str, *arguments: Any) -> Any:
        with stops_held():
            return getattr(handle, method).remote(*arguments)

    def ready(self, calls: Sequence[Any], seconds: float) -> list[Any]:
        if not calls:
            return []
        with stops_held():
            done, left = self._ray.wait(list(calls), num_returns=1, timeout=max(0.0, seconds))
            if done and left:
                more, _ = self._ray.wait(left, num_returns=len(left), timeout=0)
                done = [*done, *more]
            return list(done)

    def answer(self, call: Any) -> Any:
        errors = self._ray.exceptions
        try:
            with stops_held():
                return self._ray.get(call)
        except errors.RayTaskError as error:
            said = [line for line in str(error).splitlines() if line.strip()]
            raise Refused(said[-1].strip() if said else type(error).__name__) from error
        except (errors.RayError, ConnectionError) as error:
            raise Lost(first_line(error) or type(error).__name__) from error

    def kill(self, handle: Any) -> None:
        with stops_held(), suppress(self._ray.exceptions.RayError, ValueError, ConnectionError):
            self._ray.kill(handle, no_restart=True)


@contextmanager
def joined(asked: str, device: str) -> Iterator[RayCluster]:
    """Within: the cluster that `asked` names. Left, with all that was started for it, however that happens.

    Raises UsageError where there is no such cluster, Ray is not installed, or a node is not like this machine.
    """
    check_asked(asked)
    if device.startswith("cuda:"):
        raise UsageError(f"--cluster: wanted --device cuda, each worker has a GPU of its own; got {device}")
    # Ray reads it as it is loaded: nothing is reported to anybody.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # For how many seconds the client server waits for a driver that has gone, before it ends what that has started.
    os.environ.setdefault("RAY_CLIENT_RECONNECT_GRACE_PERIOD", "5")
    try:
        import ray
        from ray import exceptions
    except ImportError as error:
        raise UsageError(f"--cluster {asked}: wanted Ray, which comes with viewproof[ray]; got {error}") from error
    try:
        with _as_it_was():
            _join(ray, asked)
    except KeyboardInterrupt:
        ray.shutdown()
        raise
    except (OSError, RuntimeError, ValueError, ImportError, AssertionError, exceptions.RayError) as error:
        ray.shutdown()
        said = " ".join(str(error).split())
        raise UsageError(f"--cluster {asked}: wanted a cluster of Ray {ray.__version__}, got {said}") from error
    # What befalls a node Ray prints to our own streams, and has no setting for it. The run says what it costs.
    ray._private.worker.print_to_stdstream = _say_nothing
    try:
        cluster = RayCluster(ray, device)
        cluster.refuse_unlike()
        yield cluster
    finally:
        with stops_held(), _as_it_was():
            ray.shutdown()


def _say_nothing(*told: Any, **more: Any) -> None:
    del told, more


def _join(ray: Any, asked: str) -> None:
    how: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL, "include_dashboard": False}
    if asked != "ray":
        try:
            ray.init(address=asked, **how)
        except ConnectionError as error:
            # The server forks a process for each driver, beside threads of its own: at times that one never starts.
            if "Starting Ray client server failed" not in str(error):
                raise
            ray.shutdown()
            ray.init(address=asked, **how)
        return
    try:
        ray.init(address="auto", **how)
    except ConnectionError:
        if os.environ.get("RAY_ADDRESS"):
            raise
        ray.init(address="local", object_store_memory=_OBJECTS, **how)


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Within: Ray does as it likes. Afterwards signals are handled as before, and it has printed no warning."""
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for number, handler in before.items() if main else ():
            signal.signal(number, handler)
