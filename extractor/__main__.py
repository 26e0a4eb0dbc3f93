"""`python -m extractor` is `mttq`."""

from extractor.cli import main

main()
