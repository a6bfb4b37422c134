"""`python -m cherish`."""

from cherish.cli import main

main()
