"""Standard input brings modules and what to do; the last of the modules does it.

`{"sources": [[name, text], …], "rows": […], "dry": bool, "offline": bool}`. Modules import each
other as `playbooks.hosts.<name>`, on a host that has no such folder.
"""

from __future__ import annotations

import json
import sys
import types

request = json.load(sys.stdin)
for name in ("playbooks", "playbooks.hosts"):
    sys.modules[name] = types.ModuleType(name)
for name, text in request["sources"]:
    module = types.ModuleType(f"playbooks.hosts.{name}")
    sys.modules[module.__name__] = module
    exec(compile(text, f"{name}.py", "exec"), module.__dict__)  # noqa: S102 - sent by the playbook
module.main(request)
