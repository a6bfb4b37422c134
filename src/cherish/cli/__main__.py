"""`python -m cherish.cli`."""

from cherish.cli import main

main()
