"""Predicates on a case, named by known issues: each no wider than the fault it describes."""
