"""Random histories of whole clouds: operations, what must hold after them, and where they run.

Clients of three projects ask for whatever they like at the same time, hosts die and come back, and whenever
nothing is left to do, the invariants are looked at: states, guests, claims, ports, volumes, moves, actions,
images, quotas.  ``pytest`` runs the same short histories each time; ``make machine STEPS=20000`` runs long
ones from a seed that it tells, and shrinks what fails.

* ``world`` what there is to pick from; ``operations`` and ``actions`` requests about it
* ``rules`` the state machine; ``running`` its runs
* ``invariants`` and ``resources`` what must hold of a ``snapshot``
* ``places`` one process; ``processes`` several over RabbitMQ
"""
