"""`python -m mingcha`: the same as the `mingcha` command."""

from mingcha.cli import main

main()
