"""A made-up machine that has all, and run directories as runs would have left them there."""

from __future__ import annotations

import importlib
from pathlib import Path

import msgspec
import pytest

from viewproof.place import Folder, Place
from viewproof.place.here import Deterministic, TimeZone
from viewproof.place.libraries import Library
from viewproof.place.onednn import OneDNN
from viewproof.records.outdir import write_json
from viewproof.stability.machine import Machine
from viewproof.stability.settings import CORES

MKL = Library(name="MKL", version="2024.2")
PLACE = Place(
    processor="a made-up one",
    capability="AVX512",
    threads=1,
    interop_threads=2,
    blas=MKL,
    lapack=MKL,
    onednn=OneDNN(enabled=True, version="v3", isa="Intel AVX-512"),
    deterministic=Deterministic(
        algorithms=False, warn_only=False, fill_uninitialized_memory=True, float32_matmul_precision="highest"
    ),
    hash_randomization=True,
    hash_probe=17,
    encoding="UTF-8",
    file_names="utf-8",
    locale="C.UTF-8",
    time_zone=TimeZone(names=("UTC", "UTC"), ahead=0),
    working_folder=Folder(space=False, non_ascii=False),
    temporary_folder=Folder(space=False, non_ascii=False),
)


@pytest.fixture
def place():
    return PLACE


@pytest.fixture
def machine():
    instructions = frozenset(name for names in CORES.values() for name in names) | {"sse4_1"}
    return Machine("x86_64", instructions, "libopenblas.so.0", "tr_TR.UTF-8")


@pytest.fixture
def made(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "reports"))
    return importlib.import_module("made_run")


@pytest.fixture
def leave(made):
    """Leave a run directory: with these records, this place, and more of run.json."""

    def write(folder, records, place, **more):
        made.write(folder, records)
        environment = {"worker_unknown": "it died"} if place is None else {"worker": msgspec.to_builtins(place)}
        run = made.run_of(environment=environment, **{"jobs": 2, "seed": None, **more})
        write_json(folder / "run.json", run)
        return folder

    return write
