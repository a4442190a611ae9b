"""Row-level security on PostgreSQL (行级安全): the second lock behind `kernel.scope`.

`kernel.postgresql` carries the binding of the work at hand to the server as session settings; the policies below
read them. Without a binding a query sees nothing. Policies are FORCEd, so that even the tables' owner is held to them:
back-ups need a role with BYPASSRLS (docs/operating.md). Inserting is free — anybody may lodge an appeal — reading,
changing and deleting are not; matters and their scope are written by the kernel alone. This guards against a query that
forgot its scope, not against somebody who can run any SQL as the application: who can do that can also set the binding.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

FUNCTIONS = """
CREATE OR REPLACE FUNCTION gonghui_everything() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT coalesce(current_setting('gonghui.everything', true), '') = 'on' $$;
CREATE OR REPLACE FUNCTION gonghui_restricted() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT string_to_array(coalesce(current_setting('gonghui.restricted', true), ''), ',') $$;
CREATE OR REPLACE FUNCTION gonghui_paths() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT string_to_array(coalesce(current_setting('gonghui.paths', true), ''), ',') $$;
CREATE OR REPLACE FUNCTION gonghui_account() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('gonghui.account', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION gonghui_matters() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT string_to_array(nullif(current_setting('gonghui.matters', true), ''), ',')::bigint[] $$;
"""

SCOPE_ROW = (
    "(SELECT gonghui_everything()) OR matter_id = ANY ((SELECT gonghui_matters())::bigint[]) OR "
    # At the actor's own organisations, or below them: whoever sees a matter may ask which lower organisation has it.
    "((path = ANY ((SELECT gonghui_paths())::text[]) OR EXISTS (SELECT 1 FROM unnest((SELECT gonghui_paths())) AS own "
    "WHERE starts_with(path, own || '.'))) AND (NOT restricted OR path = ANY ((SELECT gonghui_restricted())::text[]) "
    "OR EXISTS (SELECT 1 FROM unnest((SELECT gonghui_restricted())) AS own WHERE starts_with(path, own || '.'))))"
)
MATTER_ROW = (
    "(SELECT gonghui_everything()) OR owner_id = (SELECT gonghui_account()) "
    "OR id = ANY ((SELECT gonghui_matters())::bigint[]) "
    "OR EXISTS (SELECT 1 FROM kernel_matterscope s WHERE s.matter_id = kernel_matter.id "
    "AND s.path = ANY ((SELECT gonghui_paths())::text[]) "
    "AND (NOT kernel_matter.restricted OR s.path = ANY ((SELECT gonghui_restricted())::text[])))"
)
# Who sees a matter is written by the kernel alone (`act`, `open_matter`), after its checks.
KERNEL_ONLY = "(SELECT gonghui_everything())"
MESSAGE_ROW = "(SELECT gonghui_everything()) OR account_id = (SELECT gonghui_account())"


def of_matter(column: str = "matter_id") -> str:
    """A row that is visible exactly when its matter is: the matter's own policy decides in the sub-query."""
    return f"(SELECT gonghui_everything()) OR EXISTS (SELECT 1 FROM kernel_matter m WHERE m.id = {column})"  # noqa: S608


def enable(table: str, condition: str, write: str = "true") -> str:
    """SQL that locks a table: rows outside `condition` can be neither read nor changed nor deleted, and new or changed
    rows must fulfil `write`."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY gonghui_read ON {table} FOR SELECT USING ({condition});
CREATE POLICY gonghui_change ON {table} FOR UPDATE USING ({condition}) WITH CHECK ({write});
CREATE POLICY gonghui_delete ON {table} FOR DELETE USING ({condition});
CREATE POLICY gonghui_insert ON {table} FOR INSERT WITH CHECK ({write});
"""


def disable(table: str) -> str:
    drops = "".join(
        f"DROP POLICY IF EXISTS gonghui_{what} ON {table};\n" for what in ("read", "change", "delete", "insert")
    )
    return f"{drops}ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;\nALTER TABLE {table} DISABLE ROW LEVEL SECURITY;\n"


def on_postgresql(forward: str, backward: str) -> migrations.RunPython:
    """A migration operation that runs SQL on PostgreSQL and does nothing on SQLite."""

    def run(sql: str) -> Any:
        def operation(apps: Any, schema_editor: Any) -> None:
            if schema_editor.connection.vendor == "postgresql":
                schema_editor.execute(sql)

        return operation

    return migrations.RunPython(run(forward), run(backward))


def lock_tables(tables: dict[str, str], write: str = "true") -> migrations.RunPython:
    """One operation that locks several tables, each with its condition."""
    return on_postgresql(
        "".join(enable(table, condition, write) for table, condition in tables.items()),
        "".join(disable(table) for table in tables),
    )


def app_role_sql(role: str, database: str) -> list[str]:
    """Rights of the role that web and worker connect as: rows may come and change, the trail only grows."""
    return [
        f'GRANT CONNECT ON DATABASE "{database}" TO "{role}"',
        f'GRANT USAGE ON SCHEMA public TO "{role}"',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}"',
        f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}"',
        f'REVOKE UPDATE, DELETE, TRUNCATE ON kernel_trailentry, kernel_trailcheckpoint FROM "{role}"',
    ]
