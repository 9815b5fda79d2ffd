"""The clocks: which one a device gets, and what CUDA events are asked for."""

import pytest

from viewproof.bench.clocks import CudaClock, HostClock, clock_of


def test_the_host_clock_makes_the_calls_and_waits_before_and_in_the_time():
    done = []
    clock = HostClock(lambda: done.append("wait"))
    assert clock.measure(lambda: done.append("call"), 3) >= 0
    assert done == ["wait", "call", "call", "call", "wait"]


class FakeCuda:
    """What torch.cuda is to the clock; events that say how many calls lay between them, in milliseconds."""

    def __init__(self):
        self.log = []

    def synchronize(self):
        self.log.append("synchronize")

    def Event(self, enable_timing):
        assert enable_timing
        return FakeEvent(self.log)


class FakeEvent:
    def __init__(self, log):
        self.log = log
        self.at = -1

    def record(self):
        self.at = len(self.log)
        self.log.append("record")

    def synchronize(self):
        self.log.append("wait")

    def elapsed_time(self, end):
        assert self.log[-1] == "wait", "an event is read after it came"
        return self.log[self.at : end.at].count("call") * 0.5


def test_cuda_events_stand_around_the_calls():
    cuda = FakeCuda()
    assert CudaClock(cuda).measure(lambda: cuda.log.append("call"), 4) == 2_000_000.0
    assert cuda.log == ["synchronize", "record", *["call"] * 4, "record", "wait"]


def test_which_clock_a_device_gets():
    assert clock_of("cpu").name == "host timer"
    assert clock_of("cuda:0").name == "CUDA events"
    assert clock_of("some_backend").name == "host timer"


@pytest.mark.cuda
def test_a_cuda_copy_takes_longer_on_more_elements():
    import torch

    if not torch.cuda.is_available():
        pytest.skip("torch sees no CUDA device")
    small, large = (torch.zeros(count, device="cuda") for count in (100, 100_000_000))
    clock = clock_of("cuda")
    clock.measure(large.clone, 3)
    assert clock.measure(large.clone, 10) > 3 * clock.measure(small.clone, 10)
