"""[work] options: the queue and the work items behind it."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup("work", title="Work items and their queue")

OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "exchange",
        default="nova-api",
        help="Exchange on the broker, and prefix of its queue names; two clouds on one broker need two.",
    ),
    cfg.IntOpt("threads", default=16, min=1, help="Work items that one worker handles at the same time."),
    cfg.IntOpt(
        "lease",
        default=30,
        min=1,
        help="Seconds that a worker holds a work item without renewing. Live workers renew every third "
        "of it; what a dead one held goes to another after this time.",
    ),
    cfg.FloatOpt(
        "sweep_interval",
        default=5.0,
        min=0.05,
        help="Seconds between two looks for work items whose message was lost or whose worker died.",
    ),
    cfg.FloatOpt(
        "unclaimed_after",
        default=5.0,
        min=0.0,
        help="Seconds after which an unclaimed work item is taken without waiting for its message.",
    ),
    cfg.IntOpt(
        "max_attempts",
        default=8,
        min=1,
        help="How often a work item is begun before it is given up and its server gets a fault.",
    ),
    cfg.FloatOpt(
        "retry_interval",
        default=1.0,
        min=0.0,
        help="Seconds before the second attempt; doubled for each further one, up to a minute.",
    ),
    cfg.IntOpt(
        "graceful_shutdown_timeout",
        default=60,
        min=0,
        help="Seconds that a stopping worker waits for the work in its hands; the rest goes to another.",
    ),
    cfg.IntOpt(
        "send_queue",
        default=10000,
        min=1,
        help="Messages that wait for a broker that does not answer. Further ones are dropped: the sweep "
        "finds their work items.",
    ),
    cfg.FloatOpt(
        "periodic_interval",
        default=10.0,
        min=0.05,
        help="Seconds between two turns of a compute service's periodic jobs: servers deleted softly "
        "whose time has come, resizes to confirm, shelved servers to offload.",
    ),
    cfg.IntOpt(
        "call_timeout",
        default=30,
        min=1,
        help="Seconds that a request waits for a compute host's answer (console output, password, …).",
    ),
    cfg.IntOpt(
        "call_threads", default=8, min=1, help="Calls that one compute host answers at the same time."
    ),
]
