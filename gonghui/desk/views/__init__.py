"""The desk's pages, one module a subject."""

from gonghui.desk.views import flows, home, keeping, lists, matter, overview, register, talk, worklist

__all__ = ["flows", "home", "keeping", "lists", "matter", "overview", "register", "talk", "worklist"]
