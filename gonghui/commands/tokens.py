"""`gonghui token`: keys for other programs that use the API."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from gonghui.commands.support import fail, ready, setup


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="接口密钥 / API tokens.", no_args_is_help=True)
    group.command("create", help="新建密钥，只显示一次 / make a token; it is shown once.")(create)
    group.command("list", help="列出密钥（不含密文）/ list the tokens, without their secrets.")(list_)
    group.command("revoke", help="作废密钥和它的推送 / end a token and its web hooks.")(revoke)
    group.command("scopes", help="列出可用的权限 / list the scopes there are.")(scopes)
    app.add_typer(group, name="token")


def create(
    name: Annotated[str, typer.Argument(help="用途 / what it is for")],
    organisation: Annotated[str, typer.Option(help="单位路径，如 cn.52.5201 / organisation path")],
    scope: Annotated[list[str], typer.Option(help="权限，可多次，见 token scopes / a scope; may be repeated")],
    days: Annotated[int, typer.Option(help="有效天数 / days valid", min=1, max=3650)] = 365,
) -> None:
    """The secret stands alone on the last line."""
    with ready():
        from gonghui.api import actions

        token, secret = actions.create_token(name, organisation, scope, days=days)
    until = f"到期 / until {token.expires_at:%Y-%m-%d}"
    typer.echo(f"{token.prefix}…  {organisation}  {' '.join(token.scopes)}  {until}", err=True)
    typer.secho(secret, bold=True)


def list_(as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False) -> None:
    with ready():
        from gonghui.api.models import ApiToken

        rows = [_described(token) for token in ApiToken.objects.select_related("account").order_by("pk")]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return
    for row in rows:
        state = "可用 / valid" if row["valid"] else "作废 / ended"
        used = f"{row['last_used_at']:%Y-%m-%d}" if row["last_used_at"] else "—"
        typer.echo(
            f"{row['prefix']}  {state}  {row['expires_at']:%Y-%m-%d}  {used}  {row['organisation']}  {row['name']}  "
            + " ".join(row["scopes"])
        )


def _described(token: Any) -> dict[str, Any]:
    return {
        "prefix": token.prefix,
        "name": token.name,
        "organisation": token.path,
        "scopes": token.scopes,
        "valid": token.is_valid(),
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
    }


def revoke(prefix: Annotated[str, typer.Argument(help="密钥的开头，如 gh_1a2b3c4d / the token's beginning")]) -> None:
    with ready():
        from gonghui.api import actions
        from gonghui.api.models import ApiToken
        from gonghui.kernel.actor import SYSTEM

        token = ApiToken.objects.filter(prefix=prefix.rstrip("…")[:11]).first()
        if token is None:
            fail(f"没有这个密钥 / no such token: {prefix[:11]}")
        actions.revoke_token(SYSTEM, token)
    typer.echo(f"已作废 / ended: {token.prefix}  {token.name}")


def scopes() -> None:
    setup(reads_only_files=True)
    from gonghui.api.rules import scopes as known

    for name, row in known().items():
        typer.echo(f"{name}\t{row['zh']}\t{row['en']}")
