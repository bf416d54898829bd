#!/bin/bash
# Entry point of the broker's container: users and permissions from the environment, then the image's own start.
set -eu
bash /paidan/definitions.sh >/etc/rabbitmq/paidan-definitions.json
echo 'load_definitions = /etc/rabbitmq/paidan-definitions.json' >/etc/rabbitmq/conf.d/30-paidan-definitions.conf
chown rabbitmq /etc/rabbitmq/paidan-definitions.json
chmod 600 /etc/rabbitmq/paidan-definitions.json
exec docker-entrypoint.sh rabbitmq-server
