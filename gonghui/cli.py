"""`gonghui`: the one command. Each sub-command is a few lines here; the work is done in the rooms."""

from __future__ import annotations

import sys

import typer

app = typer.Typer(
    name="gonghui",
    help="工会平台的命令行。The command line of the trade-union platform.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _register() -> None:
    from gonghui.commands import asking, keeping, law, loading, serving, tokens

    for module in (asking, loading, serving, keeping, law, tokens):
        module.register(app)


def main() -> None:
    """Entry point of the `gonghui` script."""
    _register()
    try:
        app()
    except BrokenPipeError:
        # The reader (head, less) went away; that is no error of ours.
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
