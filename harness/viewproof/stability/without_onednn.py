"""What a run imports to do without oneDNN (`--import`): torch takes its own kernels then. No variable asks for it."""

import torch

torch._C._set_mkldnn_enabled(False)
