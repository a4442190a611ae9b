"""`gonghui exchange`: our keys, proposing partners, fetching now. What is proposed is confirmed at the desk."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from gonghui.commands.support import UNSATISFIED, fail, ready

Address = Annotated[str, typer.Argument(help="对方的网址 / the partner's address, https://…")]
Reason = Annotated[str, typer.Option(help="原因 / why")]
Json = Annotated[bool, typer.Option("--json", help="输出数据 / print data")]
# No command confirms: a name given on a command line proves nobody.
WAITS = "等待有权限的人登录工作台确认 / waits for somebody signed in at the desk"


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="目录交换 / exchange of service catalogues.", no_args_is_help=True)
    group.command("key", help="建立或更换签名密钥，显示指纹 / make, show or change our key.")(key)
    group.command("publish", help="签发目录 / sign and publish our catalogue.")(publish)
    group.command("fetch", help="现在就取对方的目录 / fetch partners' catalogues now.")(fetch)
    group.command("figures", help="每日统计：看各地上报的，或现在就上报 / daily figures: shown, or told now.")(figures)
    partner = typer.Typer(help="交换单位 / partners.", no_args_is_help=True)
    partner.command("add", help="登记交换单位 / propose a partner.")(add)
    partner.command("list", help="列出交换单位 / list the partners.")(listed)
    partner.command("preview", help="看还没有接受的目录 / what accepting would change.")(preview)
    partner.command("refuse", help="不同意或撤回 / refuse or withdraw what was asked.")(refuse)
    partner.command("suspend", help="申请暂停 / ask to suspend a partner.")(suspend)
    partner.command("resume", help="申请恢复 / ask to take a partner up again.")(resume)
    partner.command("remove", help="申请移除 / ask to remove a partner.")(remove)
    group.add_typer(partner, name="partner")
    app.add_typer(group, name="exchange")


def key(
    rotate: Annotated[bool, typer.Option("--rotate", help="换成新密钥 / change to a new key")] = False,
    overlap_days: Annotated[
        int | None,
        typer.Option(help="旧密钥为新密钥作保的天数；0 表示旧密钥已泄露 / days the old key vouches; 0: it leaked"),
    ] = None,
) -> None:
    """The fingerprint stands alone on the last line."""
    with ready():
        from django.conf import settings

        from gonghui.exchange import keys, publishing

        made = keys.rotate(overlap_days=overlap_days) if rotate else keys.make()
        _publish(publishing)
        typer.echo(f"{settings.PUBLIC_URL}  密钥指纹 / fingerprint:", err=True)
        typer.secho(str(made), bold=True)


def _publish(publishing: Any) -> Any:
    try:
        return publishing.publish()
    except publishing.NoOrganisation as error:
        fail(str(error))


def publish() -> None:
    with ready():
        from gonghui.exchange import publishing

        edition = _publish(publishing)
        if edition is None:
            fail("还没有签名密钥，请先执行 gonghui exchange key / no key yet: run `gonghui exchange key`.")
        typer.echo(f"序号 / serial {edition.serial}  有效期至 / until {edition.expires_at:%Y-%m-%d %H:%M} UTC")


def fetch(address: Annotated[str, typer.Argument(help="只取这一个 / only this one")] = "") -> None:
    """Exit code 1 when a catalogue was not right: then nothing of it was taken in."""
    with ready():
        from gonghui.exchange import partners, taking
        from gonghui.exchange.models import Partner
        from gonghui.exchange.trouble import advice, said

        states = (Partner.State.PROPOSED, Partner.State.ACTIVE)
        rows = [partners.named(address)] if address else list(Partner.objects.filter(state__in=states))
        wrong = 0
        for row in rows:
            good = taking.visit(row)
            row.refresh_from_db()
            if good:
                typer.echo(f"✔ {row.issuer}  序号 / serial {(row.pending or {}).get('serial', row.serial)}")
                continue
            wrong += 1
            typer.secho(f"✘ {row.issuer}  {row.problem}  {said(row.problem)}", fg="red")
            typer.echo(f"    {row.problem_detail}\n    → {advice(row.problem)}")
    if wrong:
        raise typer.Exit(UNSATISFIED)


def figures(
    send: Annotated[bool, typer.Option("--send", help="现在就向上级平台上报 / tell the partners above now")] = False,
    as_json: Json = False,
) -> None:
    """Exit code 1 when a partner above did not take them."""
    with ready():
        from gonghui.exchange import reporting, sums
        from gonghui.exchange.models import Partner
        from gonghui.kernel.actor import SYSTEM

        if send:
            rows = [row for row in Partner.objects.filter(state=Partner.State.ACTIVE) if reporting.above_us(row)]
            wrong = [row.issuer for row in rows if not reporting.send(row)]
            for row in Partner.objects.filter(pk__in=[row.pk for row in rows]):
                mark = f"✘ {row.issuer}  {row.figures_problem}" if row.issuer in wrong else f"✔ {row.issuer}"
                typer.secho(mark, fg="red" if row.issuer in wrong else None)
            if wrong:
                raise typer.Exit(UNSATISFIED)
            return
        found = sums.sums(SYSTEM)
        told = [
            {"installation": one.key, "name": one.name, "day": one.day.isoformat() if one.day else None,
             "applied": one.applied, "states": dict(one.states), "paid": one.paid, "amount": str(one.amount),
             "few": one.few}
            for one in found.by
        ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for line in told:
        typer.echo(
            f"{line['day']}  {line['installation']}  {line['name']}  {line['applied']}{'+' if line['few'] else ''}"
        )


def add(
    address: Address,
    fingerprint: Annotated[str, typer.Option(help="另外的途径核对过的指纹 / the fingerprint compared out of band")],
    reason: Annotated[str, typer.Option(help="何时怎样向谁核对 / when, how and with whom it was compared")],
) -> None:
    with ready():
        from gonghui.exchange import partners
        from gonghui.kernel.actor import SYSTEM

        row = partners.propose(SYSTEM, address, fingerprint, reason)
        typer.echo(f"{row.issuer}  {WAITS}")


def listed(as_json: Json = False) -> None:
    with ready():
        from gonghui.exchange import partners
        from gonghui.kernel.actor import SYSTEM

        rows = [
            {
                "issuer": row.issuer,
                "name": row.name,
                "organisation": row.organisation,
                "state": row.state,
                "wanted": row.wanted,
                "fingerprint": row.fingerprint,
                "serial": row.serial,
                "services": row.services.count(),
                "expires_at": row.expires_at.isoformat() if row.expires_at else None,
                "fetched_at": row.fetched_at.isoformat() if row.fetched_at else None,
                "problem": row.problem,
                "detail": row.problem_detail,
            }
            for row in partners.listed(SYSTEM)
        ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for one in rows:
        typer.echo(f"{one['issuer']}  {one['name']}  [{one['state']}]  {one['services']}  {one['problem']}")


def preview(address: Address) -> None:
    with ready():
        from gonghui.exchange import partners, taking
        from gonghui.exchange.document import Document

        row = partners.named(address)
        if row.pending is None:
            fail("还没有取到目录，请先执行 gonghui exchange fetch / nothing fetched yet.")
        document = Document.model_validate(row.pending["document"])
        union = document.organisation
        typer.echo(f"{union.name.zh}  {union.code}  {union.level}  {union.region}  序号 / serial {document.serial}")
        found = taking.change(row, document).kept()
        for title, names in (("新增 / new", "new"), ("变更 / changed", "changed"), ("消失 / gone", "gone")):
            typer.echo(f"{title}: {len(found[names])}")
            for name in found[names]:
                typer.echo(f"  {name}")


def refuse(address: Address, reason: Reason = "") -> None:
    with ready():
        from gonghui.exchange import partners
        from gonghui.kernel.actor import SYSTEM

        partners.withdraw(SYSTEM, partners.named(address), reason)


def suspend(address: Address, reason: Reason) -> None:
    _ask(address, "suspended", reason)


def resume(address: Address, reason: Reason) -> None:
    _ask(address, "active", reason)


def remove(address: Address, reason: Reason) -> None:
    _ask(address, "removed", reason)


def _ask(address: str, wanted: str, reason: str) -> None:
    with ready():
        from gonghui.exchange import partners
        from gonghui.kernel.actor import SYSTEM

        row = partners.ask(SYSTEM, partners.named(address), wanted, reason)
        typer.echo(f"{row.issuer}  {WAITS}")
