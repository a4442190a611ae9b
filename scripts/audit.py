"""Known vulnerabilities of the locked packages, where a vulnerability service can be reached.

pip-audit ends with success also when the service knew none of the packages (a mirror without advisories answers so):
what counts is how many packages were really looked up. None looked up is said as "not checked".
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SERVICES = ("pypi", "osv")
TIMEOUT_SECONDS = 150


def look_up(service: str) -> list[dict[str, Any]]:
    """The packages that the service gave an answer for; empty when it cannot be reached."""
    command = [str(Path(sys.executable).parent / "pip-audit"), "--skip-editable", "--progress-spinner", "off"]
    command += ["--timeout", "20", "--vulnerability-service", service, "--format", "json"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
        packages = json.loads(result.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return []
    return [package for package in packages if "skip_reason" not in package]


def verdict(checked: list[dict[str, Any]], service: str) -> tuple[int, list[str]]:
    """Exit status and what to print."""
    vulnerable = [package for package in checked if package.get("vulns")]
    lines = [f"{len(checked)} packages looked up at {service}, {len(vulnerable)} with known vulnerabilities"]
    for package in vulnerable:
        for found in package["vulns"]:
            fixed = ", ".join(found.get("fix_versions", [])) or "no fixed version yet"
            lines.append(f"{package['name']} {package['version']}: {found['id']} (fixed in: {fixed})")
    return int(bool(vulnerable)), lines


def main() -> int:
    for service in SERVICES:
        checked = look_up(service)
        if checked:
            status, lines = verdict(checked, service)
            print("\n".join(lines))
            return status
    print("NOT CHECKED: no vulnerability service gave an answer for any package")
    return 0


if __name__ == "__main__":
    sys.exit(main())
