"""How answers are shown: numbers as texts, tables in a terminal and in a notebook, JSON and CSV for other programs."""
