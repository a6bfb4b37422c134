"""What an event is, what the log looks like, and what a definition must say of itself."""
