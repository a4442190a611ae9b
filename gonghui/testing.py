"""pytest plugin (`-p gonghui.testing`): test settings, before Django is made ready."""

import os
import tempfile

os.environ["GONGHUI_ENV"] = "test"
os.environ["GONGHUI_VAR"] = tempfile.mkdtemp(prefix="gonghui-test-")
