"""``python -m kundig`` and the ``kundig`` command: nothing but the way into the command line."""

from __future__ import annotations


def main() -> None:
    """Run the command line; leaves with its exit code."""
    from kundig.cli import main as run

    run()


if __name__ == "__main__":
    main()
