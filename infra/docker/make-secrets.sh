#!/bin/bash
# Draws the passwords of docker-compose.yml, once: nothing that is there is written again.
#   infra/docker/make-secrets.sh [--sqlite] [FOLDER]      by default into ./secrets, which git and the images leave out
set -euo pipefail
sqlite=
if [[ ${1:-} == --sqlite ]]; then sqlite=yes; shift; fi
folder=${1:-$(dirname "$(readlink -f "$0")")/../../secrets}
mkdir -p "$folder"
chmod 700 "$folder" # this keeps others out; the files themselves are read by the containers' users
cd "$folder"
umask 022

# Read in any case: whoever writes into a pipe that nobody reads dies of it.
write() { if [[ -e $1 ]]; then cat >/dev/null; else cat >"$1"; fi; }
# 32 letters and digits, and what SQL Server's password policy asks for besides.
draw() { echo "$(head -c 96 /dev/urandom | base64 -w0 | tr -dc 'A-Za-z0-9' | head -c 32)-aA1"; }
for name in rabbitmq sa migrator service; do
  draw | tr -d '\n' | write $name-password
done
printf 'default_user = echoclr\ndefault_pass = %s\n' "$(<rabbitmq-password)" | write rabbitmq.conf
connection() { printf 'Server=sqlserver;Database=echoclr;User Id=echoclr_%s;Password=%s;Encrypt=true;TrustServerCertificate=true' "$1" "$(<"$1-password")"; }
if [[ -n $sqlite ]]; then connection() { :; }; fi # empty: the file in the data folder
connection service | write connection-string
connection migrator | write connection-string-migrator
echo "secrets are in $PWD"
