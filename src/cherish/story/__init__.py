"""The story of a log: a handful of sentences that a shopkeeper understands, each number of which can be re-derived."""
