"""纸面材料: from the photo of a wage slip or contract to text and facts, with how sure each is.

`read_paper(data)` is all that other rooms need; `read_lines(data)` gives the plain lines. Recognition is
rapidocr-onnxruntime (its models come in the package), loaded at the first paper. Bytes that cannot be read raise
`PaperError` with what to do.
"""

from gonghui.brain.papers.image import PaperError
from gonghui.brain.papers.ocr import Line, read_lines
from gonghui.brain.papers.paper import Paper, PaperFact, read_paper

__all__ = ["Line", "Paper", "PaperError", "PaperFact", "read_lines", "read_paper"]
