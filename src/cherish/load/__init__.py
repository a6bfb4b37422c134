"""From the journal into the log, exactly once."""
