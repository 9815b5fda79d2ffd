"""A tensor of another class than torch's own, which answers for itself and cannot be read."""

import torch


class SizesItself(torch.Tensor):
    """A tensor that answers for its sizes and strides, and does not."""

    @staticmethod
    def __new__(cls, size):
        return torch.Tensor._make_wrapper_subclass(cls, size, dispatch_sizes_strides_policy="sizes")

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        raise LookupError("no reading")
