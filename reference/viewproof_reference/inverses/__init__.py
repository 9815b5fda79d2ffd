"""ViewMeta semantics: the forward and the reverse of every aten view, as the contract means them, in integers.

All of them follow from this: a view is a map from its elements to positions of its base's storage. The forward reads
through the map; the reverse writes through it. No operator needs a rule here, since the layout rules give the map.
"""

from viewproof_reference.inverses.model import DataTensor, NewBase, Placement, ReturnMode, Sharing, filled
from viewproof_reference.inverses.reverse import reverse

__all__ = ["DataTensor", "NewBase", "Placement", "ReturnMode", "Sharing", "filled", "reverse"]
