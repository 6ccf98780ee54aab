"""``python -m pigtrack`` is the ``pigtrack`` command."""

from pigtrack.cli import main

if __name__ == "__main__":
    main()
