"""What the flows of counselling, benefits, books, clubs and meeting name."""

from gonghui.wellbeing.rules import benefits as benefits
from gonghui.wellbeing.rules import books as books
from gonghui.wellbeing.rules import counselling as counselling
from gonghui.wellbeing.rules import meeting as meeting
