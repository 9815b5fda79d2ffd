"""Reports of viewproof: what a run and a single result look like to a reader."""
