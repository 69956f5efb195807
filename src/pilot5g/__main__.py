"""`python -m pilot5g` is the `pilot5g` command."""

from pilot5g.cli.main import main

if __name__ == "__main__":
    main()
