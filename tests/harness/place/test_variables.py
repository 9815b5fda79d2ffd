"""What torch and its libraries read is found by the families of its names, and nothing that is a user's own."""

from pathlib import Path

import pytest

from viewproof.place.variables import matters, read_variables


@pytest.mark.parametrize(
    "name",
    [
        "ATEN_CPU_CAPABILITY", "TORCH_MKLDNN_MATMUL_MIN_DIM", "TORCHINDUCTOR_CPP_MARCH", "PYTORCH_JIT",
        "ONEDNN_MAX_CPU_ISA", "DNNL_VERBOSE", "MKL_CBWR", "MKL_NUM_THREADS", "KMP_AFFINITY", "GOMP_CPU_AFFINITY",
        "OMP_NUM_THREADS", "OPENBLAS_CORETYPE", "GOTO_NUM_THREADS", "FBGEMM_ENABLE_INSTRUCTIONS", "LD_PRELOAD",
        "LD_LIBRARY_PATH", "PYTHONHASHSEED", "PYTHONUTF8", "LC_ALL", "LANG", "LANGUAGE", "TZ", "CUDA_VISIBLE_DEVICES",
        "CUBLAS_WORKSPACE_CONFIG", "LRU_CACHE_CAPACITY", "MALLOC_PERTURB_", "GLIBC_TUNABLES",
    ],
)  # fmt: skip
def test_what_is_read_matters(name):
    assert matters(name)


@pytest.mark.parametrize("name", ["HOME", "USER", "PATH", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "PWD", "HF_TOKEN"])
def test_what_is_a_users_own_does_not(name):
    assert not matters(name)


def test_the_home_folder_is_not_named(monkeypatch):
    monkeypatch.setattr(Path, "expanduser", lambda _: Path("/home/mara"))
    found = read_variables({"TZ": "UTC", "HOME": "/home/mara", "LD_LIBRARY_PATH": "/home/mara/lib:/opt/lib"})
    assert found == {"LD_LIBRARY_PATH": "~/lib:/opt/lib", "TZ": "UTC"}
