"""`python -m viewproof.cli`: the command line without an installed script."""

from viewproof.cli import main

if __name__ == "__main__":
    main(prog_name="viewproof")
