"""Environment variables that torch and its libraries read, recognized by the prefixes of their names.

A list of names is out of date with the next release of any of these libraries; their prefixes stay. They were gathered
from the texts in the wheel's libraries, and from what torch's Python asks `os.environ` for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: Who reads them, and how their names begin.
FAMILIES = {
    "torch": ("TORCH", "PYTORCH_", "ATEN_", "C10_", "AOT", "FX_", "LTC_", "JIT_", "KINETO_", "TENSORPIPE_", "GLOO_"),
    "its kernels": ("FBGEMM_", "NNPACK_", "QNNPACK_", "XNNPACK_", "CPUINFO_", "SLEEF_", "LRU_CACHE_"),
    "devices": ("CUDA_", "CUBLAS", "CUDNN_", "NVIDIA_", "HIP_", "ROCR_", "ROCM_", "MIOPEN_", "TRITON_", "ZE_", "SYCL_"),
    "oneDNN": ("ONEDNN_", "DNNL_", "MKLDNN_"),
    "BLAS and LAPACK": ("MKL_", "OPENBLAS_", "GOTO_", "BLIS_", "FLEXIBLAS", "VECLIB_", "ACCELERATE_"),
    "OpenMP": ("OMP_", "GOMP_", "KMP_"),
    "loader and C library": ("LD_", "DYLD_", "GLIBC_", "MALLOC_", "LC_", "LANG", "LOCPATH", "TZ"),
    "Python": ("PYTHON",),
}
_PREFIXES = tuple(prefix for prefixes in FAMILIES.values() for prefix in prefixes)


def matters(name: str) -> bool:
    """Whether a variable of that name may be read by torch or its libraries."""
    return name.startswith(_PREFIXES)


def read_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Those of `environment` that matter, by name. The home folder, which names a user, is written as `~`."""
    home = str(Path("~").expanduser())
    shorten = home not in {"~", "/"}
    return {
        name: value.replace(home, "~") if shorten else value
        for name, value in sorted(environment.items())
        if matters(name)
    }
