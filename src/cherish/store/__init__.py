"""The event log: the only place that opens an analytics engine."""
