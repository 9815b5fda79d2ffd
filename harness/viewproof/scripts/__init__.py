"""The frame of a standalone script: torch and the standard library only, expected facts as literals."""
