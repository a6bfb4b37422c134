"""What we claim about speed, as comparisons that anyone can run: `make bench`."""
