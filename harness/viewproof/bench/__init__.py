"""The performance report: what a view costs in every way of running it, and whether that depends on its size."""

from viewproof.bench.compare import read_bench
from viewproof.bench.model import QUICK, Settings
from viewproof.bench.run import bench

__all__ = ["QUICK", "Settings", "bench", "read_bench"]
