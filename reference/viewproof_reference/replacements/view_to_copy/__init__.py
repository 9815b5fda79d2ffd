"""The pass that replaces view operators with copies: the reference of torch's ReplaceViewOpsWithViewCopyOpsPass."""

from viewproof_reference.replacements.view_to_copy.replace import ViewToCopy
from viewproof_reference.replacements.view_to_copy.variant import NoCopyVariant, copy_of, is_view

__all__ = ["NoCopyVariant", "ViewToCopy", "copy_of", "is_view"]
