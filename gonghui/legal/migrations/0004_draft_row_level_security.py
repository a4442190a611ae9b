"""Who reads what is new: a machine's draft only the lawyer who took the case, a drafted paper the worker too.

The lines (经济困难标准) hold nothing of a person and stay open.
"""

from importlib import import_module

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter

of_file = import_module("gonghui.legal.migrations.0002_row_level_security").of_file

OF_LAWYER = (
    "(SELECT gonghui_everything()) OR (legal_answerdraft.matter_id = ANY ((SELECT gonghui_matters())::bigint[]) "
    "AND EXISTS (SELECT 1 FROM legal_legalcase c WHERE c.matter_id = legal_answerdraft.matter_id "
    "AND c.accepted_at IS NOT NULL))"
)
TABLES = {
    "legal_answerdraft": OF_LAWYER,
    "legal_draftedpaper": of_file("legal_draftedpaper"),
    # Who arranges a booking must read it; which of those who see the matter that is, the pages decide.
    "legal_booking": of_matter("matter_id"),
}


class Migration(migrations.Migration):
    dependencies = [("legal", "0003_drafts_lines_bookings")]

    operations = [lock_tables(TABLES)]
