"""`python -m service` is `svdiff`."""

from service.cli import main

main()
