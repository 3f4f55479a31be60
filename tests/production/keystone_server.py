"""A real Keystone: its database made, its first administrator, then served.  Runs in Keystone's own venv.

    python keystone_server.py FOLDER PORT PASSWORD

One process does what ``keystone-manage`` and a WSGI server would do in five:
importing Keystone takes longer than everything else.
"""

import os
import pathlib
import sys
import traceback
import warnings

warnings.simplefilter("ignore")

from cryptography.fernet import Fernet  # noqa: E402

OPTIONS = """\
[DEFAULT]
log_file = {folder}/keystone.log
[database]
connection = sqlite:///{folder}/keystone.db
[fernet_tokens]
key_repository = {folder}/fernet
[fernet_receipts]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/fernet
[identity]
password_hash_rounds = 4
[token]
allow_expired_window = 3600
"""


def main(folder: pathlib.Path, port: int, password: str) -> None:
    keys = folder / "fernet"
    keys.mkdir(mode=0o700)
    for name in ("0", "1"):
        (keys / name).write_bytes(Fernet.generate_key())
    path = folder / "keystone.conf"
    path.write_text(OPTIONS.format(folder=folder))

    import waitress
    from keystone.server.flask import core

    # In a process of its own: Keystone cannot be bootstrapped and served by the same one.
    child = os.fork()
    if child == 0:
        try:
            bootstrap(path, port, password)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit("Keystone could not be bootstrapped")
    application = core.initialize_application(name="public", config_files=[str(path)])
    waitress.serve(application, host="127.0.0.1", port=port, threads=8)


def bootstrap(path: pathlib.Path, port: int, password: str) -> None:
    """The tables, and the user admin in the project admin."""
    import keystone.server
    from keystone.cmd import bootstrap
    from keystone.common.sql import upgrades

    keystone.server.configure(config_files=[str(path)])
    upgrades.offline_sync_database_to_version()
    first = bootstrap.Bootstrapper()
    first.admin_password, first.admin_username = password, "admin"
    first.project_name, first.admin_role_name = "admin", "admin"
    first.service_name, first.region_id = "keystone", "RegionOne"
    first.public_url = first.internal_url = first.admin_url = f"http://127.0.0.1:{port}/v3"
    first.immutable_roles = True
    first.bootstrap()


if __name__ == "__main__":
    _, folder, port, password = sys.argv
    del sys.argv[1:]  # Keystone would take them for its own
    main(pathlib.Path(folder).resolve(), int(port), password)
