"""The pass that functionalizes side effects: the reference of torch's _FunctionalizeSideEffectfulOpsPass."""

from viewproof_reference.replacements.side_effects.chain import SideEffectsToTokens

__all__ = ["SideEffectsToTokens"]
