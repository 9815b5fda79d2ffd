"""The clauses of this contract, one small function each."""
