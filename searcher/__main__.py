"""`python -m searcher`: the same as the command `searcher`."""

from searcher.cli import main

if __name__ == "__main__":
    main()
