#!/bin/sh
# Runs in the service "roles" of compose.yaml, as PostgreSQL's superuser. It is safe to run again.
set -eu
PGPASSWORD=$(cat /run/secrets/postgres_password)
export PGPASSWORD
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file /deploy/postgres/create-roles.sql
# Read passwords from files, so that no process title shows them, and keep them out of the server's log.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 <<'SQL'
\set owner_password `cat /run/secrets/owner_password`
\set app_password `cat /run/secrets/app_password`
set log_statement = 'none';
set log_min_duration_statement = -1;
set log_min_error_statement = 'panic';
alter role payments_owner password :'owner_password';
alter role payments_app password :'app_password';
SQL
echo "payments_owner and payments_app are ready"
