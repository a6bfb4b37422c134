"""Messages of the Segment family: what a body holds, what is taken of it, and what is refused with its reason."""
