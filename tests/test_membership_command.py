"""`gonghui membership`: a card is verified by the public key alone, without database and network."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from gonghui import cli
from gonghui.membership import cards
from gonghui.membership.tests.support import a_card


def test_the_command_verifies_with_the_public_key_alone(tmp_path: Path) -> None:
    run = CliRunner().invoke
    pem = run(cli.registered(), ["membership", "key"]).output
    (tmp_path / "key.pem").write_text(pem, encoding="utf-8")
    token = cards.issue(a_card())
    shown = run(cli.registered(), ["membership", "verify", token, "--key", str(tmp_path / "key.pem")])
    assert shown.exit_code == 0 and "王**" in shown.output and "南明区总工会" in shown.output
    assert run(cli.registered(), ["membership", "verify", token]).exit_code == 0
    forged = token[:-20] + ("A" if token[-20] != "A" else "B") + token[-19:]
    assert run(cli.registered(), ["membership", "verify", forged]).exit_code != 0
    other = Ed25519PrivateKey.generate().public_key()
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "other.pem").write_bytes(other.public_bytes(serialization.Encoding.PEM, kind))
    assert run(cli.registered(), ["membership", "verify", token, "--key", str(tmp_path / "other.pem")]).exit_code != 0
    (tmp_path / "none.pem").write_text("nothing", encoding="utf-8")
    assert run(cli.registered(), ["membership", "verify", token, "--key", str(tmp_path / "none.pem")]).exit_code != 0
