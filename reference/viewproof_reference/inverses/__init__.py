"""ViewMeta semantics: the forward and the reverse of every aten view, as the contract means them, in integers.

One idea gives all of them: a view is a map from its elements to places of its base's storage. The forward reads
through the map; the reverse writes through it. No operator has a rule of its own here: the layout rules know the map.
"""

from viewproof_reference.inverses.model import DataTensor, NewBase, Placement, ReturnMode, Sharing, filled
from viewproof_reference.inverses.reverse import reverse

__all__ = ["DataTensor", "NewBase", "Placement", "ReturnMode", "Sharing", "filled", "reverse"]
