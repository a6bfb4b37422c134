"""The point engine: one definition per customer, answered at a moment, at personal moments and over many days."""
