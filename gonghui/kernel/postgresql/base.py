"""PostgreSQL, carrying the scope of the work at hand to the server.

Before a statement runs, the connection's session settings are made those of `kernel.scope.current()`, once for each
change of binding, not once a statement. Policies read them (`kernel.rls`). After a rollback the server has gone back
to what was set before, so what we believe about it is forgotten.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base

SETTINGS_SQL = (
    "SELECT set_config('gonghui.everything', %s, false), set_config('gonghui.paths', %s, false), "
    "set_config('gonghui.restricted', %s, false), set_config('gonghui.account', %s, false), "
    "set_config('gonghui.matters', %s, false)"
)


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._applied: Any = None
        self.execute_wrappers.append(self._with_scope)

    def _with_scope(self, execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        from gonghui.kernel.scope import current

        binding = current()
        if binding != self._applied and not self.needs_rollback:
            with self.connection.cursor() as cursor:
                cursor.execute(
                    SETTINGS_SQL,
                    (
                        "on" if binding.everything else "",
                        ",".join(binding.paths),
                        ",".join(binding.restricted_paths),
                        str(binding.account_id or ""),
                        ",".join(str(pk) for pk in binding.matter_ids),
                    ),
                )
            self._applied = binding
        if isinstance(sql, str) and sql.startswith("ROLLBACK"):
            self._applied = None
        return execute(sql, params, many, context)

    def _rollback(self) -> Any:
        self._applied = None
        return super()._rollback()  # type: ignore[misc]  # the stubs leave it out

    def init_connection_state(self) -> None:
        self._applied = None
        super().init_connection_state()
