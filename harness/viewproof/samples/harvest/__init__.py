"""How the samples were gathered: torch's OpInfo run once, forward and backward. A developer's tool; no run needs it."""
