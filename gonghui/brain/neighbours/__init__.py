"""相似案件: earlier cases like this one, within what the asker may see, among a million.

`vector_of` makes a message's vector; `Index` holds the mapped base (`Segment`) and the rows that came since;
`build_segment` makes a new base. The database of the caller holds the truth: a lost file costs a rebuild, nothing else.
"""

from gonghui.brain.neighbours.build import build_segment
from gonghui.brain.neighbours.index import Index, Row
from gonghui.brain.neighbours.scopes import Asker
from gonghui.brain.neighbours.segment import Found
from gonghui.brain.neighbours.vectors import VERSION, from_bytes, to_bytes, vector_of

__all__ = ["VERSION", "Asker", "Found", "Index", "Row", "build_segment", "from_bytes", "to_bytes", "vector_of"]
