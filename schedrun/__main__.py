"""`python -m schedrun`: the same as the console script."""

from schedrun.cli.main import main

main()
