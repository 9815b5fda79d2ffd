"""Bytes go to storages and back whole, and a device that copies wrongly is found before it is trusted."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from viewproof.tensors import storage_bytes
from viewproof.tensors.storage_bytes import (
    PAGE_BYTES,
    TRIED_SIZES,
    Snapshots,
    Unreadable,
    bytes_of,
    fetched,
    lay,
    sent,
    trial_of_copying,
    upload,
)


@pytest.mark.parametrize("count", [0, 1, 3, 64, 4097])
def test_what_is_laid_is_read(count):
    content = bytes(place % 251 for place in range(count))
    storage = upload(content, "cpu")
    assert storage.nbytes() == count
    assert bytes_of(storage) == content
    lay(storage, content[::-1])
    assert bytes_of(storage) == content[::-1]


def test_a_storage_of_another_size_is_not_written():
    with pytest.raises(ValueError, match="of 3 bytes was to be written, and it has 4"):
        lay(torch.UntypedStorage(4), b"abc")


def test_a_storage_without_memory_is_said_and_not_read():
    with FakeTensorMode():
        fake = torch.empty(3).untyped_storage()
    nothing = torch._C._construct_storage_from_data_pointer(0, torch.device("cpu"), 12)
    with pytest.raises(Unreadable, match="a storage of 12 bytes"):
        bytes_of(nothing)
    assert fake.device.type == "meta"


def _wrong(kind):
    right = storage_bytes.copy_storage

    def copy(destination, source, at=0):
        if kind == "nothing":
            return
        if kind == "raises":
            raise RuntimeError("no copy on this device\nsecond line")
        right(destination, source, at)
        count = destination.nbytes()
        if kind == "last byte" and count:
            destination[count - 1] = 7
        if kind == "beyond a page" and count > 4096:
            destination[4096] = 7

    return copy


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("nothing", "copying 1 bytes on cpu: at byte 0 wanted"),
        ("last byte", "at byte 0 wanted 0xff, got 0x07"),
        ("beyond a page", "copying 4097 bytes on cpu: at byte 4096 wanted 0x"),
        ("raises", "copying 0 bytes to cpu and back: wanted a copy, got RuntimeError: no copy on this device"),
    ],
)
def test_wrong_copies_on_a_device_are_found(monkeypatch, kind, said):
    monkeypatch.setattr(storage_bytes, "copy_storage", _wrong(kind))
    assert said in trial_of_copying("cpu")


def test_copies_are_tried_both_ways(monkeypatch):
    """Read and written through copies of whole storages, as where the host cannot read the memory."""
    there = set()

    def read(storage):
        there.add(("read", storage.nbytes()))
        here = torch.UntypedStorage(storage.nbytes())
        storage_bytes.copy_storage(here, storage)
        return bytes_of(here)

    def write(storage, content):
        there.add(("write", storage.nbytes()))
        storage_bytes.copy_storage(storage, upload(content, "cpu"))

    assert trial_of_copying("cpu", read=read, write=write) is None
    assert there == {(way, count) for way in ("read", "write") for count in TRIED_SIZES}
    right = storage_bytes.copy_storage
    for wrong in (read, write):

        def cut(storage, *content, wrong=wrong):
            monkeypatch.setattr(storage_bytes, "copy_storage", _wrong("beyond a page"))
            found = wrong(storage, *content)
            monkeypatch.setattr(storage_bytes, "copy_storage", right)
            return found

        ways = {"read": read, "write": write, wrong.__name__: cut}
        assert (
            trial_of_copying("cpu", **ways) == "copying 4097 bytes to cpu and back: at byte 4096 wanted 0x50, got 0x07"
        )


def test_a_device_that_is_not_there_is_said():
    assert "wanted a copy, got" in trial_of_copying("cuda:99" if torch.cuda.is_available() else "xpu")


@pytest.mark.cuda
def test_a_device_copies_and_is_placed_on():
    from viewproof.tensors.bound import placed

    assert trial_of_copying("cuda") is None
    content = bytes(range(48))
    storage = upload(content, "cuda")
    tensor = placed(storage, torch.float32, (2, 3), (3, 1), 2)
    assert tensor.untyped_storage() is storage
    assert (tensor.size(), tensor.stride(), tensor.storage_offset()) == ((2, 3), (3, 1), 2)
    assert bytes_of(storage) == content


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_snapshots_are_of_the_moment(device):
    snapshots, into = Snapshots(device), []
    storages = [upload(bytes([number]) * size, device) for number, size in enumerate([3, 0, PAGE_BYTES // 4, 64])]
    large = upload(b"l" * (PAGE_BYTES + 1), device)
    for storage in [*storages, large] * 2:
        snapshots.take(storage, into)
        if storage.nbytes() < PAGE_BYTES:
            lay(storage, b"x" * storage.nbytes())
    snapshots.flush()
    first = [b"\0\0\0", b"", b"\2" * (PAGE_BYTES // 4), b"\3" * 64, b"l" * (PAGE_BYTES + 1)]
    assert into[:5] == first
    assert into[5:] == [*(b"x" * len(one) for one in first[:4]), first[4]]


def test_snapshots_are_gathered_in_pages(monkeypatch):
    """The device's way, on the host's memory."""
    snapshots, into = Snapshots("cpu"), []
    snapshots._host = False
    storages = [upload(bytes([number]) * (PAGE_BYTES // 5), "cpu") for number in range(11)]
    for storage in storages:
        snapshots.take(storage, into)
        lay(storage, bytes(PAGE_BYTES // 5))
    assert into == [b""] * 11
    assert len(snapshots._pages) == 3
    snapshots.flush()
    assert into == [bytes([number]) * (PAGE_BYTES // 5) for number in range(11)]
    snapshots.take(upload(b"abc", "cpu"), into)
    snapshots.flush()
    assert into[-1] == b"abc"


def test_where_there_are_no_storages_dense_tensors_go_both_ways():
    content = bytes(range(24))
    tensor = sent(content, torch.int32, (2, 3), "cpu")
    assert tensor.size() == (2, 3)
    assert fetched(tensor) == content
    assert fetched(tensor[1]) == content[12:]
    with pytest.raises(Unreadable, match="row-major"):
        fetched(tensor.t())
    with pytest.raises(Unreadable, match="dense tensor"):
        fetched(tensor.float().to_sparse())
