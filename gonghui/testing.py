"""pytest plugin (`-p gonghui.testing`): test settings, before Django is made ready."""

import os
import tempfile

os.environ["GONGHUI_ENV"] = "test"
# Kept by its name here: gone with all that is in it when the process ends.
FOLDER = tempfile.TemporaryDirectory(prefix="gonghui-test-", ignore_cleanup_errors=True)
os.environ["GONGHUI_VAR"] = FOLDER.name
