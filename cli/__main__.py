"""`python -m msub`."""

from .app import main

main()
