"""The ways in which the cases of this contract are run, one file each."""
