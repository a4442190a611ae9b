"""`gonghui services`: the services of 职工之家, as files."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gonghui.commands.support import UNSATISFIED, fail, need_database, setup

if TYPE_CHECKING:
    from gonghui.services.catalogue import Catalogue


def register(app: typer.Typer) -> None:
    services = typer.Typer(no_args_is_help=True)

    @services.command("list", help="列出服务 / list the services with level and state.")
    def listed(
        region: Annotated[str, typer.Option(help="区划代码，例如 520102 / a place's code")] = "",
        as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.services.catalogue import catalogue

        known = catalogue()
        found = [service for one in known.services if (service := known.find(one, region)) is not None]
        elsewhere = _elsewhere(region)
        if as_json:
            rows = [
                {
                    "id": service.id,
                    "name": {"zh": service.zh, "en": service.en},
                    "kind": service.kind,
                    "level": service.handled_by.level,
                    "state": service.state,
                    "version": service.version,
                    "region": service.region,
                    "layers": list(service.layers),
                    "valid_from": service.valid_from.isoformat(),
                    "valid_to": service.valid_to.isoformat() if service.valid_to else None,
                    "source": "local",
                }
                for service in found
            ]
            rows += elsewhere
            typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
            return
        for service in found:
            typer.echo(f"{service.id}  {service.zh}  {service.en}  [{service.state}]")
        for row in elsewhere:
            typer.echo(f"{row['id']}  {row['name']['zh']}  {row['name']['en']}  [{row['source']}]")

    @services.command("show", help="看一项服务在一个地方的逐级差异 / the layers of a service in a place.")
    def show(
        service: Annotated[str, typer.Argument(help="编号，例如 M04 / id")],
        region: Annotated[str, typer.Option(help="区划代码，例如 520102 / a place's code")] = "",
        day: Annotated[str, typer.Option(help="哪一天，2026-01-31 / on which day; today by default")] = "",
        every: Annotated[bool, typer.Option("--all", help="全部的值 / every value, not only what differs")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False,
    ) -> None:
        setup(reads_only_files=True)
        from gonghui.services.catalogue import catalogue
        from gonghui.services.tracing import trace

        on, known = _day(day), catalogue()
        found = known.find(service, region, on)
        if found is None:
            fail(f"没有这项服务 / no such service: {service}")
        chain = known.chain(service, region, on)
        values = [one for one in trace(chain) if every or one.differs]
        if as_json:
            files = [{"file": one.name, "place": one.place, "version": one.version} for one in chain]
            data = {"id": found.id, "kind": found.kind_of_matter, "layers": files}
            typer.echo(json.dumps({**data, "values": [one.to_dict() for one in values]}, ensure_ascii=False, indent=2))
            return
        typer.echo(f"{found.id}  {found.zh}  {found.en}  [{found.state}]  {found.kind_of_matter}")
        for layer in chain:
            typer.echo(f"  {layer.place or 'cn'}  {layer.name}  v{layer.version}")
        for value in values:
            by = f"{value.layer.name}:{value.line}" if value.layer else "pattern"
            typer.echo(f"    {value.where}: {' → '.join(dict.fromkeys(one or '—' for one in value.steps))}  ({by})")

    @services.command("check", help="检查目录 / check a folder of service files.")
    def check(
        folder: Annotated[Path, typer.Argument(help="服务文件的目录 / folder of the files", file_okay=False)],
        against: Annotated[
            bool,
            typer.Option("--running", help="也核对在办的申请 / also against the applications that are there"),
        ] = False,
    ) -> None:
        setup(reads_only_files=not against)
        from gonghui.kernel.errors import FlowError
        from gonghui.services.catalogue import read

        try:
            found = read(folder)
        except FlowError as error:
            fail(str(error))
        typer.echo(f"服务 / services: {len(found.services)}  流程 / flows: {len(found.flows)}")
        if against:
            need_database()
            _running(found)

    @services.command("try", help="试办一个服务文件，什么都不保存 / walk a service file through; nothing is kept.")
    def tried(
        name: Annotated[
            str, typer.Argument(metavar="FILE|ID", help="服务文件，或者现有服务的编号 / a file, or the id of a service")
        ],
        region: Annotated[str, typer.Option(help="在哪里办，区划代码 / the place, a code")] = "",
        day: Annotated[str, typer.Option(help="从哪天开始，2026-01-31 / from which day; today by default")] = "",
        as_json: Annotated[bool, typer.Option("--json", help="输出数据 / print data")] = False,
    ) -> None:
        setup()
        need_database()
        from gonghui.kernel.errors import FlowError
        from gonghui.organisations.queries import organisation_for_region
        from gonghui.services.catalogue import packaged
        from gonghui.services.trial.differing import differences
        from gonghui.services.trial.printing import lines
        from gonghui.services.trial.proposing import propose
        from gonghui.services.trial.walking import rehearse

        begins, known = _day(day), packaged()
        file = (
            Path(known.layers[name, ""][0].file) if name in known.services and not Path(name).exists() else Path(name)
        )
        if not file.is_file():
            fail(f"没有这个文件，也没有这个编号的服务 / no such file and no such service: {name}")
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            fail(f"{file}: 不是 UTF-8 文本 / not UTF-8 text")
        # A province's difference lies in `regions/52/M04.yaml`: its folder says so here as in the catalogue.
        place = file.resolve().parent.name if file.resolve().parent.parent.name == "regions" else ""
        try:
            proposal = propose(text, of=file.stem.partition(".")[0] if place else "", place=place)
        except FlowError as error:
            fail(f"{file}:{error.line}: {error.cause}" if error.file.endswith(file.name) else str(error))
        region = region or (place.ljust(6, "0") if place else "")
        if proposal.service.takes_applications and organisation_for_region(region) is None:
            fail("请用 --region 指明在哪里试，例如 520102 / name a place with --region, such as 520102")
        different = differences(proposal, known)
        report = rehearse(proposal, region, begins)
        if as_json:
            data = {**report.to_dict(), "differences": [asdict(one) for one in different]}
            typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
        else:
            for line in lines(report, different):
                typer.echo(line)
        if report.ended not in ("good", "elsewhere"):
            raise typer.Exit(UNSATISFIED)

    app.add_typer(services, name="services", help="职工之家的服务 / the services of the workers' home.")


def _running(found: Catalogue) -> None:
    """Say what becomes of the applications that are there with this catalogue. Ends the command where one would find
    no version and layers to go on with."""
    from gonghui.services import running

    told = running.standing(found)
    for kind, count in told.changed.items():
        typer.echo(
            f"改了没升版本，在办的照旧办 / changed without a new version, those under way keep theirs: {kind}  "
            f"在办 / open: {count}"
        )
    for kind, cause in told.unreadable.items():
        typer.echo(f"这版软件读不了在办的依据 / this software cannot read what is under way: {kind}  {cause}")
    for kind, count in told.missing.items():
        typer.echo(f"没有这个版本和差异 / no such version and layers: {kind}  申请 / applications: {count}")
    if told.missing:
        fail("请把旧文件留下（例如 M04.v1.yaml）/ keep the old files, such as M04.v1.yaml")
    if told.unreadable:
        fail("先办结这些申请，或者保留它们要的函数 / end these first, or keep the functions they name")


def _day(text: str) -> date:
    """A day as it is written, today where none is. Ends the command where it is none."""
    from gonghui.kernel.times import today

    try:
        return date.fromisoformat(text) if text else today()
    except ValueError:
        fail(f"日期写法不对 / not a day: {text}")


def _elsewhere(region: str) -> list[dict[str, Any]]:
    """Services of other installations for a place; none where there is no database of this version."""
    from gonghui.exchange import queries

    return [
        {
            "id": row.entry.id,
            "name": {"zh": row.entry.name.zh, "en": row.entry.name.en},
            "kind": row.entry.kind,
            "level": row.entry.level,
            "state": "open",
            "version": row.entry.version,
            "region": row.entry.variant,
            "regions": list(row.entry.regions),
            "valid_from": row.entry.valid_from.isoformat(),
            "valid_to": row.entry.valid_to.isoformat() if row.entry.valid_to else None,
            "address": row.entry.address,
            "source": row.partner.issuer,
        }
        for row in queries.listed_if_any(region)
    ]
