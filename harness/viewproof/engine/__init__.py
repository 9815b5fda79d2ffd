"""The engine: plans a run, runs its cases in worker processes, and judges what they show."""
