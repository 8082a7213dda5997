#!/bin/sh
# Run once by the postgres image on an empty volume: a role that is no superuser, and the database it owns.
set -eu
password=$(cat /run/secrets/database_password)
psql --set ON_ERROR_STOP=1 --username postgres --set password="$password" <<'SQL'
CREATE ROLE portal LOGIN PASSWORD :'password';
CREATE DATABASE portal OWNER portal TEMPLATE template0 ENCODING 'UTF8'
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
SQL
