"""Finds the library that does torch's linear algebra in this process, by where its symbols resolve."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import msgspec

#: One routine that stands for each: matrix product, and LU factorization.
BLAS, LAPACK = "sgemm_", "sgetrf_"
_TORCH = ("libtorch_cpu.so", "libtorch_cpu.dylib")


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """The library that a symbol is taken from. A field that the library does not report is None.

    `name` is `MKL`, `OpenBLAS` or `unknown`; `file` is where it lies, without the folder: MKL lies within torch's own.
    `core` is the family of processors whose kernels it chose; MKL does not tell. `threads` is how many it may use.
    """

    name: str
    file: str | None = None
    version: str | None = None
    core: str | None = None
    threads: int | None = None

    def __str__(self) -> str:
        said = " ".join(part for part in (self.name, self.version) if part)
        return said if self.core is None else f"{said}, core {self.core}"


class _Found(ctypes.Structure):
    """`Dl_info` of the C library: the file that an address lies in, and the symbol that is nearest."""

    _fields_ = (
        ("file", ctypes.c_char_p),
        ("base", ctypes.c_void_p),
        ("symbol", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
    )


def library_of(symbol: str) -> Library:
    """The library that `symbol` of torch's resolves to here; `unknown` where the system cannot tell."""
    try:
        place = _searched(symbol)
    except OSError:
        place = None
    if place is None:
        return Library(name="unknown")
    handle, file = place
    if (described := _openblas(handle, file) or _mkl(handle, file)) is not None:
        return described
    return Library(name="unknown", file=file.name)


def _searched(symbol: str) -> tuple[ctypes.CDLL, Path] | None:
    """Where the loader finds the symbol for torch: what is loaded for everybody, preloads first, then torch itself."""
    everybody = ctypes.CDLL(None)
    scopes = [everybody]
    loaded = Path(_torch_folder()) / "lib"
    scopes += [ctypes.CDLL(str(loaded / name)) for name in _TORCH if (loaded / name).is_file()]
    for scope in scopes:
        found = _Found()
        if hasattr(scope, symbol):
            address = ctypes.cast(getattr(scope, symbol), ctypes.c_void_p)
            if everybody.dladdr(address, ctypes.byref(found)) and found.file:
                file = os.fsdecode(found.file)
                return ctypes.CDLL(file), Path(file).resolve()
    return None


def _torch_folder() -> str:
    import torch

    return str(torch.__path__[0])


def _openblas(handle: ctypes.CDLL, file: Path) -> Library | None:
    if not hasattr(handle, "openblas_get_config"):
        return None
    handle.openblas_get_config.restype = ctypes.c_char_p
    handle.openblas_get_corename.restype = ctypes.c_char_p
    # It says: OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64; old ones give no version.
    words = os.fsdecode(handle.openblas_get_config()).split()
    version = next((word for word in words if word[:1].isdecimal()), None)
    return Library(
        name="OpenBLAS",
        file=file.name,
        version=version,
        core=os.fsdecode(handle.openblas_get_corename()),
        threads=int(handle.openblas_get_num_threads()),
    )


def _mkl(handle: ctypes.CDLL, file: Path) -> Library | None:
    if not hasattr(handle, "MKL_Get_Version_String"):
        return None
    said = ctypes.create_string_buffer(256)
    handle.MKL_Get_Version_String(said, len(said))
    # It says: Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 20240605 for Intel(R) 64 architecture
    version = os.fsdecode(said.value).partition(" Version ")[2].partition(" for ")[0]
    return Library(name="MKL", file=file.name, version=version or None, threads=int(handle.MKL_Get_Max_Threads()))
