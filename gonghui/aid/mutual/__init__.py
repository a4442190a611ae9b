"""大病互助: plans as data, the register of who joined, what a claim comes to and how it stands to its plan."""
