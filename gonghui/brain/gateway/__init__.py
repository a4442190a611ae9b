"""AI 行业模型底座: one door to every model, local or far (model gateway).

`Gateway.chat`, `stream`, `embed` and `transcribe` take a task's name and plain data; which provider serves it is data
(`data/gateway.yaml`). Personal fields are masked before anything leaves and put back after; every reply carries
provider, model, prompt version, cost and evidence. The local planner needs no network and is always there.
"""

from gonghui.brain.gateway.config import ConfigError, GatewayConfig, load_config
from gonghui.brain.gateway.errors import CheckFailed, GatewayError, ProviderFailed, QuotaExceeded, Refused
from gonghui.brain.gateway.gateway import Gateway
from gonghui.brain.gateway.ledger import LAPSE, Books, Ledger, microyuan
from gonghui.brain.gateway.types import Evidence, Message, Reply

__all__ = [
    "LAPSE",
    "Books",
    "CheckFailed",
    "ConfigError",
    "Evidence",
    "Gateway",
    "GatewayConfig",
    "GatewayError",
    "Ledger",
    "Message",
    "ProviderFailed",
    "QuotaExceeded",
    "Refused",
    "Reply",
    "load_config",
    "microyuan",
]
