"""Guards, effects, limits and ticks of the services' flows, and their messages to the worker."""

from gonghui.services.rules import applying as applying
from gonghui.services.rules import attending as attending
from gonghui.services.rules import goods as goods
from gonghui.services.rules import granting as granting
from gonghui.services.rules import handing as handing
from gonghui.services.rules import membership as membership
from gonghui.services.rules import paying as paying
from gonghui.services.rules import redirecting as redirecting
from gonghui.services.rules import reviewing as reviewing
