"""The reference of torchgen's functionalization API: ViewMeta classes, from the text of an operator's schema alone.

It imports neither torch nor torchgen. `answers` is the API of one view group, `live_classes` the classes that a torch
with such a group must have.
"""

from viewproof_reference.viewmeta.describe import answers
from viewproof_reference.viewmeta.group import view_group
from viewproof_reference.viewmeta.live import BY_HAND, LiveClass, live_classes, sample_tuple
from viewproof_reference.viewmeta.refusal import REFUSED

__all__ = ["BY_HAND", "REFUSED", "LiveClass", "answers", "live_classes", "sample_tuple", "view_group"]
