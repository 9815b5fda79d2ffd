"""Real programs under the live mode: models of the package transformers, torch's own modules, and torch's checkers."""
