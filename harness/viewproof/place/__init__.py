"""Describes where a process runs: processor, libraries, their settings, and variables of the environment."""

from viewproof.place.compare import place_in, unlike, words
from viewproof.place.here import Folder, Place, place_here
from viewproof.place.processor import processor_name
from viewproof.place.threads import asked_threads
from viewproof.place.variables import read_variables

__all__ = [
    "Folder", "Place", "asked_threads", "place_here", "place_in", "processor_name", "read_variables", "unlike",
    "words",
]  # fmt: skip
