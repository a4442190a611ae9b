"""The appeals room's small house."""

from gonghui.services.tests.conftest import house as house
