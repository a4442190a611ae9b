"""The worker's pages, one module a subject."""

from gonghui.portal.views import ask, case, home

__all__ = ["ask", "case", "home"]
