"""Exported programs as subjects: modules are built, packed, exported and carved apart, and passes are run on them."""
