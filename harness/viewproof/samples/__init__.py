"""Samples: calls of any aten overload, their contents, how they are run, and what is seen of them."""
