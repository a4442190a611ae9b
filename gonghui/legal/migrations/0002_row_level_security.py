"""The second lock on PostgreSQL: a case is seen where its matter is; a file only by the worker and the lawyer who took it."""

from django.db import migrations

from gonghui.kernel.rls import lock_tables, of_matter

EVERYTHING = "(SELECT gonghui_everything())"


def of_file(table: str) -> str:
    """By the worker whose matter it is, or by name of those it was assigned to, once the present one accepted.

    Seeing the matter through an organisation is not enough: the file stands apart from the case.
    """
    return (
        f"{EVERYTHING} OR EXISTS (SELECT 1 FROM kernel_matter m WHERE m.id = {table}.matter_id "
        "AND m.owner_id = (SELECT gonghui_account())) "
        f"OR ({table}.matter_id = ANY ((SELECT gonghui_matters())::bigint[]) AND EXISTS "
        f"(SELECT 1 FROM legal_legalcase c WHERE c.matter_id = {table}.matter_id AND c.accepted_at IS NOT NULL))"
    )


FILES = ("legal_casefile", "legal_fileentry", "legal_filepaper")
TABLES = {
    "legal_legalcase": of_matter("matter_id"),
    "legal_declaration": of_matter("matter_id"),
    "legal_aiddecision": of_matter("matter_id"),
    **{table: of_file(table) for table in FILES},
    # The rules weigh it in the name of who decides; what of it is shown is checked once more by the pages.
    "legal_aidapplication": of_matter("matter_id"),
    # Read by the platform alone, after the reader's right is checked: who is tied to whom. The rota itself (counsel and
    # shifts) holds nothing of a worker and is kept by whoever may keep it.
    "legal_interest": EVERYTHING,
}


class Migration(migrations.Migration):
    dependencies = [("legal", "0001_initial"), ("kernel", "0005_matter_participant")]

    operations = [lock_tables(TABLES)]
