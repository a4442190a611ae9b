"""The desk's pages, one module a subject."""

from gonghui.desk.views import flows, home, matter, worklist

__all__ = ["flows", "home", "matter", "worklist"]
