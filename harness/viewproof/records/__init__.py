"""Records of viewproof."""
