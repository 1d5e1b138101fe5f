"""Run the command line with ``python -m krasbypass``."""

from krasbypass.cli import main

main()
