"""Models and estimates: what can be said beyond counting, and how sure one may be of it."""
