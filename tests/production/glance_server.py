"""A real Glance: its database made, then served.  Runs in Glance's own venv.

    python glance_server.py FOLDER PORT KEYSTONE PASSWORD

``KEYSTONE`` is where Keystone is, ``PASSWORD`` that of Glance's service user.
"""

import os
import pathlib
import sys
import warnings

warnings.simplefilter("ignore")

OPTIONS = """\
[DEFAULT]
log_file = {folder}/glance.log
enabled_backends = files:file
worker_self_reference_url = http://127.0.0.1:{port}
enabled_import_methods = []
[database]
connection = sqlite:///{folder}/glance.db
[glance_store]
default_backend = files
[files]
filesystem_store_datadir = {folder}/images
[os_glance_staging_store]
filesystem_store_datadir = {folder}/staging
[os_glance_tasks_store]
filesystem_store_datadir = {folder}/tasks
[paste_deploy]
flavor = keystone
config_file = {paste}
[keystone_authtoken]
www_authenticate_uri = {keystone}
auth_type = password
auth_url = {keystone}
username = glance
password = {password}
project_name = service
user_domain_id = default
project_domain_id = default
service_token_roles_required = true
service_token_roles = service
service_type = image
"""


def main(folder: pathlib.Path, port: int, keystone: str, password: str) -> None:
    for name in ("images", "staging", "tasks"):
        (folder / name).mkdir()
    paste = pathlib.Path(sys.prefix) / "etc" / "glance" / "glance-api-paste.ini"
    values = {"folder": folder, "port": port, "keystone": keystone, "password": password, "paste": paste}
    (folder / "glance-api.conf").write_text(OPTIONS.format(**values))
    os.environ["OS_GLANCE_CONFIG_DIR"] = str(folder)

    import waitress
    from glance.common import wsgi_app

    wsgi_app.CONF([], project="glance", default_config_files=[str(folder / "glance-api.conf")])
    from glance.cmd import manage

    manage.DbCommands().sync()
    application = wsgi_app.init_app()
    waitress.serve(application, host="127.0.0.1", port=port, threads=8)


if __name__ == "__main__":
    _, folder, port, keystone, password = sys.argv
    del sys.argv[1:]  # Glance would take them for its own
    main(pathlib.Path(folder).resolve(), int(port), keystone, password)
