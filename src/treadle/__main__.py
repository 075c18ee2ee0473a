"""`python -m treadle`: the command line, for machines where the script folder is not on the path."""

from treadle.cli import main

if __name__ == "__main__":
    main()
