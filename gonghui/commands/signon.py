"""`gonghui signon`: keys, apps and partners of single sign-on."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from gonghui.commands.support import fail, ready

Client = Annotated[str, typer.Argument(help="应用编号，如 app-1a2b / the app's client_id")]
Slug = Annotated[str, typer.Argument(help="伙伴的短名 / the partner's slug")]
Json = Annotated[bool, typer.Option("--json", help="输出数据 / print data")]
Organisation = Annotated[str, typer.Option(help="单位路径，如 cn.52 / organisation path")]
Accounts = Annotated[str, typer.Option(help="谁登录：worker 职工，staff 工作人员 / whose accounts")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="单点登录 / single sign-on.", no_args_is_help=True)
    group.command("key", help="签名密钥：列出，或换新 / signing keys: list, or replace.")(key)
    clients = typer.Typer(help="接入应用 / apps that sign in with us.", no_args_is_help=True)
    clients.command("add", help="登记，密钥只显示一次 / register; the secret is shown once.")(client_add)
    clients.command("list", help="列出 / list.")(client_list)
    clients.command("secret", help="换新密钥，只显示一次 / a new secret, shown once.")(client_secret)
    clients.command("stop", help="停用，令牌马上失效 / stop it; its tokens end at once.")(client_stop)
    clients.command("resume", help="恢复 / let it go on.")(client_resume)
    group.add_typer(clients, name="client")
    partners = typer.Typer(help="登录伙伴 / parties whose accounts sign in here.", no_args_is_help=True)
    partners.command("add", help="登记，待工作台启用；密钥从标准输入读 / propose; the secret comes by stdin.")(
        partner_add
    )
    partners.command("list", help="列出 / list.")(partner_list)
    partners.command("stop", help="停用 / stop it.")(partner_stop)
    group.add_typer(partners, name="partner")
    app.add_typer(group, name="signon")


def key(
    rotate: Annotated[bool, typer.Option("--rotate", help="换新密钥，旧的再公布两天 / replace the key")] = False,
    at_once: Annotated[bool, typer.Option("--at-once", help="旧密钥可能泄露：立刻作废 / it may be stolen")] = False,
) -> None:
    """One line a key: its id, since when, and what it is for now."""
    with ready():
        from gonghui.kernel.actor import SYSTEM
        from gonghui.kernel.times import now
        from gonghui.signon import keys
        from gonghui.signon.models import SigningKey

        if rotate or at_once:
            keys.rotate(SYSTEM, at_once=at_once)
        keys.signing()
        for row in SigningKey.objects.order_by("-pk"):
            state = "签名 / signs"
            if not row.current:
                counts = row.published_until is not None and row.published_until > now()
                state = f"公布到 / published until {row.published_until:%Y-%m-%d %H:%M}" if counts else "作废 / ended"
            typer.echo(f"{row.kid}  {row.created_at:%Y-%m-%d}  {state}")


def client_add(
    name: Annotated[str, typer.Argument(help="应用名称 / its name, shown to people")],
    organisation: Organisation,
    redirect: Annotated[list[str], typer.Option(help="登录后返回的地址，可多次 / a redirect address")],
    scope: Annotated[list[str] | None, typer.Option(help="可以申请知道什么，可多次 / a scope")] = None,
    goodbye: Annotated[list[str] | None, typer.Option(help="退出后返回的地址 / a post-logout address")] = None,
    accounts: Accounts = "worker",
) -> None:
    """The client_id, and on the last line the secret alone."""
    with ready():
        from gonghui.kernel.actor import SYSTEM
        from gonghui.signon import registry

        client, secret = registry.register(
            SYSTEM, organisation, name, accounts, redirect, goodbye or [], scope or ["profile"]
        )
    typer.echo(client.client_id)
    typer.secho(secret, bold=True)


def client_list(as_json: Json = False) -> None:
    with ready():
        from gonghui.kernel.actor import SYSTEM
        from gonghui.signon import registry

        rows = [
            {**registry.told(client), "organisation": client.organisation.path, "active": client.active}
            for client in registry.clients_of(SYSTEM)
        ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['client_id']}  {_state(row['active'])}  {row['organisation']}  {row['app']}")


def client_secret(client: Client) -> None:
    """The secret alone on the last line."""
    with ready():
        from gonghui.kernel.actor import SYSTEM
        from gonghui.signon import registry

        typer.secho(registry.new_secret(SYSTEM, _client(client)), bold=True)


def client_stop(client: Client) -> None:
    _switch_client(client, False)


def client_resume(client: Client) -> None:
    _switch_client(client, True)


def _switch_client(client: str, active: bool) -> None:
    with ready():
        from gonghui.kernel.actor import SYSTEM
        from gonghui.signon import registry

        found = _client(client)
        registry.set_active(SYSTEM, found, active)
    typer.echo(f"{_state(active)}: {found.client_id}  {found.name}")


def _client(client_id: str) -> Any:
    from gonghui.kernel.actor import SYSTEM
    from gonghui.signon import registry

    found = registry.clients_of(SYSTEM).filter(client_id=client_id).first()
    return found or fail(f"没有这个应用 / no such app: {client_id}")


def _state(active: object) -> str:
    return "可用 / active" if active else "停用 / stopped"


def partner_add(
    slug: Slug,
    name: Annotated[str, typer.Argument(help="名称，写在登录按钮上 / its name, on the button")],
    organisation: Organisation,
    issuer: Annotated[str, typer.Option(help="签发者地址 / issuer")],
    client_id: Annotated[str, typer.Option(help="对方给本平台的编号 / our client_id there")],
    accounts: Accounts = "worker",
    shown: Annotated[bool, typer.Option("--shown", help="放在登录页上 / offer it on the sign-in page")] = False,
    app: Annotated[str, typer.Option(help="同一家单位的应用编号 / the same company's client_id here")] = "",
) -> None:
    """The address to register there stands on the last line."""
    with ready():
        from gonghui.kernel.actor import SYSTEM
        from gonghui.signon import partners, visiting

        secret = typer.get_text_stream("stdin").readline().strip()
        made = partners.register(
            SYSTEM, organisation, slug, name, issuer, client_id, secret, accounts, shown=shown, app=app
        )
    typer.echo("等待管理员登录工作台确认 / waits for an administrator at the desk", err=True)
    typer.echo(visiting.callback_address(made))


def partner_list(as_json: Json = False) -> None:
    with ready():
        from gonghui.kernel.actor import SYSTEM
        from gonghui.signon import partners

        rows = [
            {
                "slug": row.slug, "partner": row.name, "issuer": row.issuer, "client_id": row.client_id,
                "organisation": row.organisation.path, "accounts": row.accounts, "shown": row.shown,
                "active": row.active,
            }
            for row in partners.partners_of(SYSTEM)
        ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['slug']}  {_state(row['active'])}  {row['organisation']}  {row['issuer']}  {row['partner']}")


def partner_stop(slug: Slug) -> None:
    with ready():
        from gonghui.kernel.actor import SYSTEM
        from gonghui.signon import partners

        found = partners.partners_of(SYSTEM).filter(slug=slug).first()
        if found is None:
            fail(f"没有这个伙伴 / no such partner: {slug}")
        partners.stop(SYSTEM, found)
    typer.echo(f"{_state(False)}: {found.slug}  {found.name}")
