"""Evaluation sets (评测集): the same invented items against any configured model, and a table to choose by.

A set is a file under `data`; each item has checks that a program can do. No worker's words are in them.
"""

from gonghui.brain.gateway.evaluate.run import Result, evaluate, load_sets

__all__ = ["Result", "evaluate", "load_sets"]
