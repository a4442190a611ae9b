"""`gonghui staff`: the first administrator of an installation, and the way back in when the last one is locked out."""

from __future__ import annotations

from typing import Annotated

import typer

from gonghui.commands.support import fail, ready, setup

ONCE = "只显示一次；首次登录要改密码、设置两步验证 / shown once; to be changed at the first sign-in:"


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="工作人员账号 / staff accounts.", no_args_is_help=True)
    group.command("create", help="新建账号，显示初始密码 / make an account; prints its first password.")(create)
    group.command("reset", help="重置密码和两步验证 / give a new password, enrol the second factor anew.")(reset)
    group.command("roles", help="列出岗位 / list the roles there are.")(list_roles)
    app.add_typer(group, name="staff")


def create(
    username: Annotated[str, typer.Argument(help="用户名 / user name")],
    name: Annotated[str, typer.Argument(help="姓名 / name")],
    organisation: Annotated[str, typer.Option(help="单位路径，如 cn.52.5201 / organisation path")],
    role: Annotated[str, typer.Option(help="岗位，见 staff roles / role")] = "admin",
) -> None:
    """The password stands alone on the last line."""
    with ready():
        from gonghui.kernel.actor import SYSTEM
        from gonghui.organisations.models import Organisation
        from gonghui.people import actions

        place = Organisation.objects.filter(path=organisation, active=True).first()
        if place is None:
            fail(f"没有这个单位 / no such organisation: {organisation}")
        account, password = actions.create_staff(SYSTEM, username, name, role, place)
    typer.echo(f"{account.username}  {role}  {place.name}\n{ONCE}", err=True)
    typer.secho(password, bold=True)


def reset(username: Annotated[str, typer.Argument(help="用户名 / user name")]) -> None:
    """The password stands alone on the last line."""
    with ready():
        from gonghui.kernel.actor import SYSTEM
        from gonghui.people import actions
        from gonghui.people.models import Account

        account = Account.objects.filter(username=username, kind=Account.Kind.STAFF).first()
        if account is None:
            fail(f"没有这个账号 / no such account: {username}")
        password = actions.reset_password(SYSTEM, account)
    typer.echo(ONCE, err=True)
    typer.secho(password, bold=True)


def list_roles() -> None:
    setup(reads_only_files=True)
    from gonghui.people.roles import roles

    for code, role in roles().items():
        typer.echo(f"{code}\t{role.zh}\t{role.en}")
