"""Entry point of the command `advisor`."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from advisor.cli.failure import guarded
    from advisor.cli.session import can_draw, open_session
    from advisor.system.streams import use_any_encoding

    use_any_encoding()
    if len(sys.argv) == 1 and can_draw():  # what most do: the session is there sooner without the command line
        sys.exit(guarded(open_session))
    from advisor.cli.app import invoke

    sys.exit(guarded(invoke))


if __name__ == "__main__":
    main()
