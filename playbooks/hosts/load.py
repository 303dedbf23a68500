"""Standard input brings modules and what to do; the last of the modules does it.

`{"sources": [[name, text], …], "rows": […], "dry": bool, "offline": bool}`. Modules import each
other as `playbooks.hosts.<name>`, on a host that has no such folder. They get the rows that are
open, and as `all` those besides that hold already. Exit status 1, with what and why on one line, if
something could not be done.
"""

from __future__ import annotations

import json
import sys
import types

SHOWN = 5
sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
request = json.load(sys.stdin)
for name in ("playbooks", "playbooks.hosts"):
    sys.modules[name] = types.ModuleType(name)
for name, text in request["sources"]:
    module = types.ModuleType(f"playbooks.hosts.{name}")
    sys.modules[module.__name__] = module
    exec(compile(text, f"{name}.py", "exec"), module.__dict__)  # noqa: S102 - sent by the playbook
request["all"] = request["rows"]
request["rows"] = [row for row in request["rows"] if row.get("open", True)]
try:
    module.main(request)
except OSError as error:
    sys.exit(f"{error.filename2 or error.filename or name}: {error.strerror or error}")
refused = sys.modules["playbooks.hosts.rights"].refused
if refused:
    more = f"; {len(refused) - SHOWN} more" if len(refused) > SHOWN else ""
    sys.exit("; ".join(refused[:SHOWN]) + more)
