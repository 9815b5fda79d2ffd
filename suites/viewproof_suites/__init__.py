"""What is certified: a package a contract, each declared by one object, its `CONTRACT`."""
