"""The gates: what must be true at a border once faulty records, files and drafts are held. A failure stops the run."""
