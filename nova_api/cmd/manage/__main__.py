"""``python -m nova_api.cmd.manage``."""

from __future__ import annotations

import sys

from nova_api.cmd.manage import main

sys.exit(main())
