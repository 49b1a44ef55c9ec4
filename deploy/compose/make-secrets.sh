#!/bin/sh
# Creates the secrets of compose.yaml from /dev/urandom, and the settings payments.env, in secrets/. Existing files stay
# unchanged.
set -eu
cd "$(dirname "$0")/../.."
# The folder is private. Its files are readable, because the users inside the containers must read them.
mkdir -p secrets
chmod 700 secrets
umask 022

make() {
  [ -e "secrets/$1" ] && return
  printf '%s' "$2" >"secrets/$1"
  echo "created secrets/$1"
}
random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

for name in postgres_password owner_password app_password jwt_secret api_key_pepper grafana_password; do
  make "$name" "$(random)"
done
make encryption_key "$(head -c 32 /dev/urandom | base64)"
make owner_database_url "postgres://payments_owner:$(cat secrets/owner_password)@postgres:5432/payments"
make app_database_url "postgres://payments_app:$(cat secrets/app_password)@postgres:5432/payments"
make payments.env "$(cat docs/reference/payments.env)

#### Secrets of this folder

JWT_SECRET_FILE=/run/secrets/jwt_secret
API_KEY_PEPPER_FILE=/run/secrets/api_key_pepper
ENCRYPTION_KEY_FILE=/run/secrets/encryption_key
"
