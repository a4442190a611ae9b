"""Pages and endpoints of single sign-on."""

from gonghui.signon.views import desk, documents, leaving, mine, provider, tokens, visit

__all__ = ["desk", "documents", "leaving", "mine", "provider", "tokens", "visit"]
