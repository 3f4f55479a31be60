"""Makes the standard library green; every program applies it before it imports anything else.

A module imported earlier would keep the blocking sockets and locks it has taken.  It also has the garbage
collector look less often, which the imports gain by too.
"""

from __future__ import annotations

import gc
import os
import warnings

#: New objects, less those that have gone, after which the garbage collector looks at them.  At 700,
#: as Python has it, a page of a thousand servers is looked through seventy times, and none of it is a cycle.
_YOUNG = 20_000


def apply() -> None:
    """Patches the standard library and psycopg2; a second call changes nothing."""
    gc.set_threshold(_YOUNG, 10, 10)
    # eventlet's own resolver knows neither nsswitch nor all of IPv6 and takes a third of our start; names
    # are looked up when connections to neighbours open, seldom enough to let the system do it.
    os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
    with warnings.catch_warnings():
        # Said at the import of eventlet; that it stays in the server and the programs is our answer to it.
        warnings.filterwarnings(
            "ignore", message=r"\s*Eventlet is deprecated\. It is currently being maintained"
        )
        import eventlet
    eventlet.monkey_patch(psycopg=False)
    # PyMySQL is pure Python and green by now; psycopg2 waits inside libpq and has to be told how.
    import wrapt

    wrapt.register_post_import_hook(_make_green, "psycopg2")


def _make_green(_psycopg2: object) -> None:
    """Called when, and if, psycopg2 has been imported: other databases do without it and its libraries."""
    from eventlet.support import psycopg2_patcher

    psycopg2_patcher.make_psycopg_green()
