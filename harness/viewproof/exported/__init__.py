"""Exported programs as subjects: modules are built, packed, exported, carved apart, passed, run and looked at."""
