"""The point engine: one definition per customer at a moment, answered for one moment, personal moments, or many days."""
