"""`gonghui token`: keys for other programs that use the API."""

from __future__ import annotations

from typing import Annotated

import typer

from gonghui.commands.support import fail, setup


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="接口密钥 / API tokens.", no_args_is_help=True)

    @group.command("create", help="新建密钥，只显示一次 / make a token; it is shown once.")
    def create(
        name: Annotated[str, typer.Argument(help="用途 / what it is for")],
        organisation: Annotated[str, typer.Option(help="单位路径，如 cn.52.5201 / organisation path")],
        scope: Annotated[list[str], typer.Option(help="权限，可多次 / scopes, e.g. appeals:write")],
        days: Annotated[int, typer.Option(help="有效天数 / days valid", min=1, max=3650)] = 365,
    ) -> None:
        setup()
        from gonghui.api import actions
        from gonghui.kernel.errors import KernelError
        from gonghui.kernel.scope import as_system

        try:
            with as_system("command line"):
                token, secret = actions.create_token(name, organisation, scope, days=days)
        except KernelError as error:
            fail(str(error))
            return
        typer.echo(f"{token.prefix}…  {organisation}  {' '.join(scope)}  到期 / until {token.expires_at:%Y-%m-%d}")
        typer.secho(secret, bold=True)

    app.add_typer(group, name="token")
