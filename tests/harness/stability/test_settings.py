"""The settings as data: each is asked for by something, read back from something, and sees that it did not arrive."""

import msgspec
import pytest

from viewproof.place import Folder
from viewproof.place.here import TimeZone
from viewproof.place.libraries import Library
from viewproof.place.onednn import OneDNN
from viewproof.stability.machine import Machine
from viewproof.stability.settings import CORES, SETTINGS, MissingLibrary, NotPossible, Request

NAMED = {setting.name: setting for setting in SETTINGS}
OPENBLAS = [Library(name="OpenBLAS", version="0.3", core=core) for core in ("SkylakeX", "Haswell")]
ODD = Folder(space=True, non_ascii=True)
#: For each setting, what of a place or of run.json says that it arrived.
ARRIVED = {
    "capability=default": {"capability": "DEFAULT"},
    "capability=avx2": {"capability": "AVX2"},
    "onednn=sse41": {"onednn": OneDNN(enabled=True, isa="Intel SSE4.1")},
    "onednn=off": {"onednn": OneDNN(enabled=False)},
    "onednn=avx2": {"onednn": OneDNN(enabled=True, isa="Intel AVX2")},
    "time-zone": {"time_zone": TimeZone(names=("XYZ", "XYZ"), ahead=45_900)},
    "locale=C": {"locale": "C", "encoding": "ANSI_X3.4-1968", "file_names": "ascii"},
    "locale=other": {"locale": "tr_TR.UTF-8"},
    "openblas": {"blas": OPENBLAS[0], "lapack": OPENBLAS[0]},
    "openblas-older": {"blas": OPENBLAS[1], "lapack": OPENBLAS[1]},
    "folder": {"working_folder": ODD, "temporary_folder": ODD},
    "threads=8": {"threads": 8},
}
OF_THE_RUN = {"shuffle=1": {"seed": 1}, "shuffle=2": {"seed": 2}, "jobs=1": {"jobs": 1}, "jobs=2": {"jobs": 2}}


def test_every_setting_that_was_promised_is_there():
    assert set(NAMED) == {*ARRIVED, *OF_THE_RUN, "threads=1", "hash-seed=1", "hash-seed=2"}
    assert len(NAMED) == len(SETTINGS)


@pytest.mark.parametrize("name", ARRIVED)
def test_a_setting_of_a_worker_is_read_back(name, machine, place):
    setting = NAMED[name]
    ask = setting.ask(machine)
    assert ask.variables or ask.arguments or ask.odd_folder
    assert setting.read(place, {}) != ask.wanted, "the default is another"
    assert setting.read(msgspec.structs.replace(place, **ARRIVED[name]), {}) == ask.wanted


@pytest.mark.parametrize("name", OF_THE_RUN)
def test_a_setting_of_the_run_is_read_back(name, machine, place):
    setting = NAMED[name]
    ask = setting.ask(machine)
    assert ask.arguments
    assert setting.read(place, {"seed": None, "jobs": 99}) != ask.wanted
    assert setting.read(place, OF_THE_RUN[name]) == ask.wanted


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_hash_seed_is_read_back_by_a_hash(seed, machine, place):
    setting = NAMED[f"hash-seed={seed}"]
    ask = setting.ask(machine)
    assert ask.variables == {"PYTHONHASHSEED": seed}
    assert setting.read(place, {}) != ask.wanted
    probe = int(ask.wanted.removeprefix("hash "))
    assert setting.read(msgspec.structs.replace(place, hash_probe=probe), {}) == ask.wanted


def test_half_a_preload_has_not_arrived(machine, place):
    """A BLAS that is another, and the LAPACK that was there before."""
    half = msgspec.structs.replace(place, blas=OPENBLAS[0])
    assert NAMED["openblas"].read(half, {}) != NAMED["openblas"].ask(machine).wanted


@pytest.mark.parametrize(
    ("instructions", "cores"),
    [
        ({*CORES["SkylakeX"], "avx"}, ["SkylakeX", "Haswell"]),
        ({"avx2", "fma3", "avx", "sse4_2", "sse3"}, ["Haswell", "Sandybridge"]),
        ({"avx2", "avx", "sse4_2", "sse3"}, ["Sandybridge", "Nehalem"]),
        ({"sse4_2", "sse3"}, ["Nehalem", "Prescott"]),
    ],
)  # fmt: skip
def test_the_families_of_openblas_are_those_that_the_processor_can_run(instructions, cores):
    here = Machine("x86_64", frozenset(instructions), "libopenblas.so.0", None)
    asked = [NAMED[name].ask(here) for name in ("openblas", "openblas-older")]
    assert [ask.variables["OPENBLAS_CORETYPE"] for ask in asked] == cores


def test_what_the_processor_cannot_do_is_not_possible():
    bare = Machine("aarch64", frozenset({"neon"}), "libopenblas.so.0", "de_DE.UTF-8")
    names = [name for name, setting in NAMED.items() if isinstance(setting.ask(bare), NotPossible)]
    assert names == ["onednn=sse41", "capability=avx2", "onednn=avx2", "openblas", "openblas-older"]
    assert NAMED["capability=avx2"].ask(bare) == NotPossible("the processor (aarch64) has no avx2, fma3")


def test_what_no_torch_says_of_the_processor_is_not_guessed():
    unknown = Machine("x86_64", frozenset(), "libopenblas.so.0", "de_DE.UTF-8")
    for name in ("onednn=sse41", "capability=avx2", "onednn=avx2", "openblas", "openblas-older"):
        assert "does not say" in NAMED[name].ask(unknown).reason


def test_what_can_be_installed_is_lacking_and_names_the_package(machine):
    bare = Machine(machine.architecture, machine.instructions, None, None)
    lacking = {name: ask for name, setting in NAMED.items() if isinstance(ask := setting.ask(bare), MissingLibrary)}
    assert set(lacking) == {"openblas", "openblas-older", "locale=other"}
    assert "apt-get install libopenblas0-pthread" in lacking["openblas"].reason
    assert "apt-get install locales-all" in lacking["locale=other"].reason


def test_no_two_settings_of_a_preload_are_alike(machine):
    asks = [setting.ask(machine) for setting in SETTINGS]
    assert all(isinstance(ask, Request) for ask in asks)
    assert sum(ask.preloads for ask in asks) == 2
