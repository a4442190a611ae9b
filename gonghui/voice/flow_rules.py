"""Everything the flows of 民主管理 and 集体协商 name. Importing this module registers it with the kernel."""

from gonghui.voice import known as known
from gonghui.voice import trial as trial
from gonghui.voice.rules import bargaining as bargaining
from gonghui.voice.rules import drivers as drivers
from gonghui.voice.rules import judging as judging
from gonghui.voice.rules import openness as openness
from gonghui.voice.rules import proposals as proposals
from gonghui.voice.rules import suggestions as suggestions
from gonghui.voice.rules import topics as topics
from gonghui.voice.rules import units as units
