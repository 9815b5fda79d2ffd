"""What a run imports to do without oneDNN (`--import`): torch takes its own kernels then. No variable asks for it."""

from __future__ import annotations

import torch

torch._C._set_mkldnn_enabled(False)
