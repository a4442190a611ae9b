"""Everything the services' flow files name: importing this registers it; the flows are made of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from gonghui.kernel.flow.registry import flow_source
from gonghui.kernel.flow.schema import Flow
from gonghui.services import known as known
from gonghui.services import rules as rules
from gonghui.services.catalogue import catalogue


@flow_source
def flows() -> Iterable[Flow]:
    return catalogue().flows
