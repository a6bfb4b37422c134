"""Views of a population: one report, one file; the file's name is its name."""
