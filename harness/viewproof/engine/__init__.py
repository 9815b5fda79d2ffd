"""Engine of viewproof."""
