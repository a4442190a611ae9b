"""`gonghui`: the one command. Each sub-command is a few lines in `gonghui.commands`; the work is done in the rooms."""

from __future__ import annotations

from functools import lru_cache

import typer

from gonghui.commands.support import plain_errors

app = typer.Typer(
    name="gonghui",
    help="工会平台的命令行。The command line of the trade-union platform.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from gonghui import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", help="版本 / version", callback=_version, is_eager=True),
) -> None:
    """The options before the sub-command."""


@lru_cache(maxsize=1)
def registered() -> typer.Typer:
    """The command with all its sub-commands."""
    from gonghui.commands import (
        asking,
        brain,
        dues,
        exchange,
        jobs,
        keeping,
        law,
        loading,
        membership,
        offices,
        rights,
        services,
        serving,
        signon,
        staff,
        tokens,
    )

    for module in (
        asking,
        loading,
        serving,
        keeping,
        law,
        rights,
        offices,
        services,
        jobs,
        dues,
        membership,
        brain,
        exchange,
        staff,
        tokens,
        signon,
    ):
        module.register(app)
    return app


def main() -> None:
    """Entry point of the `gonghui` script."""
    with plain_errors():
        registered()()


if __name__ == "__main__":
    main()
