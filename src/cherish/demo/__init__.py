"""Data to try Cherish on: a real grocery year with its story, and a simulated company whose true effects are known."""
