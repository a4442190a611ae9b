"""`gonghui membership`: verify an electronic card, print the key that verifies it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gonghui.commands.support import fail, setup


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="会籍与电子会员证 / membership and its electronic card.", no_args_is_help=True)
    group.command("verify", help="离线核验会员码 / verify a card's code without a network.")(verify)
    group.command("key", help="打印核验用的公钥 / print the public key that verifies cards.")(key)
    app.add_typer(group, name="membership")


def verify(
    token: Annotated[str, typer.Argument(help="二维码里的文字 / the text of the QR code")],
    key: Annotated[
        Path | None, typer.Option(help="公钥文件（PEM），不写则用本平台的 / public key; else this installation's")
    ] = None,
) -> None:
    """Shows name initial, union and status, and nothing else; no database is asked."""
    setup(reads_only_files=True)
    from django.core.exceptions import ImproperlyConfigured

    from gonghui.membership import cards

    try:
        public = cards.read_public(key.read_text(encoding="utf-8")) if key else cards.private_key().public_key()
        shown = cards.verify(token, public)
    except (OSError, UnicodeDecodeError):
        fail(f"读不出公钥文件 / cannot read the key: {key}")
    except ImproperlyConfigured as error:
        fail(f"公钥文件不对 / wrong key file: {error}")
    except cards.WrongCard as error:
        fail(f"{error} [{error.code}]")
    typer.echo(f"有效 / valid  {shown.initial}**  {shown.union}  {shown.status}")


def key() -> None:
    setup(reads_only_files=True)
    from gonghui.membership import cards

    typer.echo(cards.public_pem(), nl=False)
