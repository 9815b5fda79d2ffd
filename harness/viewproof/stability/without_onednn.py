"""Turns oneDNN off when imported (`--import`), so that torch uses its own kernels; no variable does that."""

import torch

torch._C._set_mkldnn_enabled(False)
