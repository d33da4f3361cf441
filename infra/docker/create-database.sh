#!/bin/bash
# In the container `database`: the database, and the two logins of infra/sqlserver where they are lacking.
set -euo pipefail
export SQLCMDPASSWORD=$(</run/secrets/sa-password)
sql() { /opt/mssql-tools18/bin/sqlcmd -C -b -S sqlserver -U sa "$@"; }

sql -Q "IF DB_ID(N'echoclr') IS NULL CREATE DATABASE echoclr"
for login in migrator service; do
  known=$(sql -h -1 -W -Q "SET NOCOUNT ON; SELECT COUNT(*) FROM sys.server_principals WHERE name = N'echoclr_$login'")
  ((known)) || sql -d echoclr -v password="$(</run/secrets/$login-password)" -i "/create/sql/$login.sql"
done
