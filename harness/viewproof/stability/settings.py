"""The settings under which no verdict may change, as data: what asks for each, and how a worker's words are read.

Each is asked for alone or beside others that it does not touch: `run` names the run that they share.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from viewproof.place import Folder, Place
from viewproof.stability.machine import Machine, hash_with

#: A folder's name that is no word of a shell and no ASCII.
ODD_NAME = "ein schöner Ort"


@dataclass(frozen=True, slots=True)
class Request:
    """How a run is asked for a setting. `wanted` is what must be read back, word for word.

    `odd_folder`: the run works, writes and keeps its temporary files in a folder with a name like `ODD_NAME`.
    """

    wanted: str
    variables: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    odd_folder: bool = False

    @property
    def preloads(self) -> bool:
        return "LD_PRELOAD" in self.variables


@dataclass(frozen=True, slots=True)
class NotPossible:
    """The machine cannot have the setting. Shown and counted, and no failure."""

    reason: str


@dataclass(frozen=True, slots=True)
class MissingLibrary:
    """Something that can be installed is not there: the setting was not tried, which fails."""

    reason: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: which run it is tried in, what asks for it on a machine, and what a run says that it had.

    `read` is given a worker's place and run.json.
    """

    name: str
    run: str
    ask: Callable[[Machine], Request | NotPossible | MissingLibrary]
    read: Callable[[Place, Mapping[str, Any]], str]


#: Kernels that the processor cannot run end the process: they are not tried on a guess.
_UNKNOWN = NotPossible("this torch does not say which instructions the processor has")


def _plain(ask: Request) -> Callable[[Machine], Request]:
    return lambda _: ask


def _needs(instructions: tuple[str, ...], ask: Request, machine: Machine) -> Request | NotPossible:
    if not machine.instructions:
        return _UNKNOWN
    lacking = [name for name in instructions if name not in machine.instructions]
    if lacking:
        return NotPossible(f"the processor ({machine.architecture}) has no {', '.join(lacking)}")
    return ask


#: OpenBLAS's families of processors, newest first, and the instructions without which their kernels die.
CORES = {
    "SkylakeX": ("avx512_f", "avx512_cd", "avx512_bw", "avx512_dq", "avx512_vl", "avx2", "fma3"),
    "Haswell": ("avx2", "fma3"),
    "Sandybridge": ("avx",),
    "Nehalem": ("sse4_2",),
    "Prescott": ("sse3",),
}


def _openblas(place: int, machine: Machine) -> Request | NotPossible | MissingLibrary:
    """Another BLAS and LAPACK, with the kernels of the `place`-th family that the processor can run."""
    if not machine.instructions:
        return _UNKNOWN
    cores = [core for core, needed in CORES.items() if machine.instructions.issuperset(needed)]
    if place >= len(cores):
        return NotPossible(f"the processor ({machine.architecture}) can run {len(cores)} of OpenBLAS's families of x86")
    if machine.openblas is None:
        return MissingLibrary("no libopenblas is found: apt-get install libopenblas0-pthread")
    core = cores[place]
    return Request(
        wanted=f"OpenBLAS, core {core}; LAPACK: OpenBLAS, core {core}",
        variables={"LD_PRELOAD": machine.openblas, "OPENBLAS_CORETYPE": core},
    )


def _libraries(place: Place, _: Mapping[str, Any]) -> str:
    blas, lapack = (
        library.name if library.core is None else f"{library.name}, core {library.core}"
        for library in (place.blas, place.lapack)
    )
    return f"{blas}; LAPACK: {lapack}"


def _hashes(seed: str, _: Machine) -> Request:
    return Request(wanted=f"hash {hash_with(seed)}", variables={"PYTHONHASHSEED": seed})


def _locale_words(name: str, encoding: str, file_names: str) -> str:
    return f"{name}, {codecs.lookup(encoding).name}, file names {codecs.lookup(file_names).name}"


def _other_locale(machine: Machine) -> Request | MissingLibrary:
    if machine.locale is None:
        return MissingLibrary("no locale but English and C is found: apt-get install locales-all")
    return Request(wanted=_locale_words(machine.locale, "utf-8", "utf-8"), variables={"LC_ALL": machine.locale})


_BARE_C = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
_ODD = Folder(space=True, non_ascii=True)


def _locale(place: Place, _: Mapping[str, Any]) -> str:
    return _locale_words(place.locale, place.encoding, place.file_names)


def _folders(place: Place, _: Mapping[str, Any]) -> str:
    return f"working: {place.working_folder}; temporary: {place.temporary_folder}"


def _seed(_: Place, run: Mapping[str, Any]) -> str:
    return "not shuffled" if run.get("seed") is None else f"seed {run['seed']}"


def _threads(number: int) -> Callable[[Machine], Request]:
    return _plain(Request(wanted=str(number), variables={"OMP_NUM_THREADS": str(number)}))


def _capability(place: Place, _: Mapping[str, Any]) -> str:
    return place.capability


def _isa(place: Place, _: Mapping[str, Any]) -> str:
    return place.onednn.isa or "oneDNN does not say"


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "capability=default",
        "oldest kernels",
        _plain(Request("DEFAULT", {"ATEN_CPU_CAPABILITY": "default"})),
        _capability,
    ),
    Setting(
        "onednn=sse41",
        "oldest kernels",
        partial(_needs, ("sse4_1",), Request("Intel SSE4.1", {"ONEDNN_MAX_CPU_ISA": "SSE41"})),
        _isa,
    ),
    Setting("hash-seed=1", "oldest kernels", partial(_hashes, "1"), lambda place, _: f"hash {place.hash_probe}"),
    Setting("shuffle=1", "oldest kernels", _plain(Request("seed 1", arguments=("--shuffle", "1"))), _seed),
    Setting(
        "time-zone",
        "oldest kernels",
        _plain(Request("XYZ, UTC+12:45", {"TZ": "XYZ-12:45"})),
        lambda place, _: str(place.time_zone),
    ),
    Setting(
        "capability=avx2",
        "avx2 kernels",
        partial(_needs, ("avx2", "fma3"), Request("AVX2", {"ATEN_CPU_CAPABILITY": "avx2"})),
        _capability,
    ),
    Setting(
        "onednn=avx2",
        "avx2 kernels",
        partial(_needs, ("avx2",), Request("Intel AVX2", {"ONEDNN_MAX_CPU_ISA": "AVX2"})),
        _isa,
    ),
    Setting("hash-seed=2", "avx2 kernels", partial(_hashes, "2"), lambda place, _: f"hash {place.hash_probe}"),
    Setting("shuffle=2", "avx2 kernels", _plain(Request("seed 2", arguments=("--shuffle", "2"))), _seed),
    Setting("locale=C", "avx2 kernels", _plain(Request(_locale_words("C", "ascii", "ascii"), _BARE_C)), _locale),
    Setting("openblas", "another BLAS", partial(_openblas, 0), _libraries),
    Setting("locale=other", "another BLAS", _other_locale, _locale),
    Setting(
        "folder", "another BLAS", _plain(Request(f"working: {_ODD}; temporary: {_ODD}", odd_folder=True)), _folders
    ),
    Setting("openblas-older", "its older kernels", partial(_openblas, 1), _libraries),
    Setting("threads=1", "its older kernels", _threads(1), lambda place, _: str(place.threads)),
    Setting(
        "jobs=1",
        "its older kernels",
        _plain(Request("1", arguments=("--jobs", "1"))),
        lambda _, run: str(run.get("jobs")),
    ),
    Setting("threads=8", "many threads", _threads(8), lambda place, _: str(place.threads)),
    Setting(
        "onednn=off",
        "many threads",
        _plain(Request("off", arguments=("--import", "viewproof.stability.without_onednn"))),
        lambda place, _: "on" if place.onednn.enabled else "off",
    ),
    Setting(
        "jobs=2", "many threads", _plain(Request("2", arguments=("--jobs", "2"))), lambda _, run: str(run.get("jobs"))
    ),
)
