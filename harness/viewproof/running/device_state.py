"""What is current on CUDA devices, if this process initialized them: the device, its stream and its generator."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

_C: Any = torch._C


class DeviceState(NamedTuple):
    """The current device, its current stream (id, device, device type), and the seed and offset of its generator."""

    device: int
    stream: tuple[int, ...]
    generator: tuple[int, int]


def device_state() -> DeviceState | None:
    """The state of now; None where no device has been initialized, which is never done here."""
    if not torch.cuda.is_initialized():
        return None
    device = _C._cuda_getDevice()
    generator = torch.cuda.default_generators[device]
    stream = tuple(_C._cuda_getCurrentStream(device))
    return DeviceState(device, stream, (generator.initial_seed(), generator.get_offset()))


def device_state_left(before: DeviceState | None) -> list[str]:
    """The names of what is not as it was, put back. What was not initialized before has nothing to be compared with."""
    if before is None or device_state() == before:
        return []
    found = []
    if _C._cuda_getDevice() != before.device:
        _C._cuda_setDevice(before.device)
        found.append("current device")
    if tuple(_C._cuda_getCurrentStream(before.device)) != before.stream:
        stream, device, kind = before.stream
        _C._cuda_setStream(stream_id=stream, device_index=device, device_type=kind)
        found.append("current stream")
    generator = torch.cuda.default_generators[before.device]
    if (generator.initial_seed(), generator.get_offset()) != before.generator:
        generator.manual_seed(before.generator[0])
        generator.set_offset(before.generator[1])
        found.append("torch's generator")
    return found
