"""The pass that functionalizes side effects: the reference of torch's _FunctionalizeSideEffectfulOpsPass."""

from viewproof_reference.replacements.side_effects.chain import FUNCTIONAL, NoRoomForToken, SideEffectsToTokens
from viewproof_reference.replacements.side_effects.leftovers import left_out

__all__ = ["FUNCTIONAL", "NoRoomForToken", "SideEffectsToTokens", "left_out"]
