"""Reports of viewproof."""
