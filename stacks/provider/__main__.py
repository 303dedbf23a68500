"""`pulumi-resource-govctl`: the engine starts it, reads a port from it, and speaks gRPC."""

from __future__ import annotations

import logging
import os

from govctl.parent import leave_with_parent
from govctl.texts import language_of_locale, use_language
from stacks.provider.server import serve


def main() -> None:
    """Run until the engine ends this process. GOVCTL_LANG (en, vi) goes before the locale."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.ERROR)
    asked = os.environ.get("GOVCTL_LANG")
    use_language("vi" if asked == "vi" else "en" if asked else language_of_locale())
    leave_with_parent()
    serve()


if __name__ == "__main__":
    main()
