"""What a run writes down: chunks, records, the journal, findings, coverage, summary.json, and how they are read."""
