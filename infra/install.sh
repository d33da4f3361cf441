#!/bin/bash
# Installs EchoClr on a plain server (Debian 12, systemd), over an older installation where there is one.
#
#   infra/install.sh [--program FOLDER] [--user NAME] [PREFIX]
#   infra/install.sh --uninstall [PREFIX]
#
#   PREFIX            everything goes below it; without one to /opt/echoclr, /etc/echoclr, /var/lib/echoclr, /etc/systemd/system and /usr/local/bin
#   --program FOLDER  a program that was published elsewhere (dotnet publish src/App/App.csproj -c Release -o FOLDER) instead of building it here
#   --user NAME       whom the services run as (echoclr); made where it is lacking
#   --uninstall       takes program and units away; settings, secrets and data stay
set -euo pipefail
umask 022
cd "$(dirname "$(readlink -f "$0")")/.."

say() { echo "install: $*"; }
die() { echo "install: $*" >&2; exit 1; }

program= user=echoclr uninstall= prefix=
while (($#)); do
  case $1 in
    --program) program=$(readlink -f "${2:?--program needs a folder}"); shift 2 ;;
    --user) user=${2:?--user needs a name}; shift 2 ;;
    --uninstall) uninstall=yes; shift ;;
    -*) die "there is no option $1; the head of $0 lists them" ;;
    *) [[ -z $prefix ]] || die "one prefix is enough"; prefix=$(readlink -m "$1"); shift ;;
  esac
done
[[ $prefix != *[[:space:]]* ]] || die "a prefix with spaces in it does not survive a unit file"
opt=$prefix/opt/echoclr etc=$prefix/etc/echoclr data=$prefix/var/lib/echoclr units=$prefix/etc/systemd/system bin=$prefix/usr/local/bin
((EUID == 0)) || [[ -n $prefix ]] || die "installing to /opt needs root; run it with sudo, or name a prefix"

# Only an installation to the machine itself is the service manager's business.
managed() { [[ -z $prefix && -d /run/systemd/system ]]; }

remove_units() { rm -rf "$units"/echoclr.target "$units"/echoclr-*.service "$units/echoclr-.service.d/10-common.conf"; rmdir --ignore-fail-on-non-empty "$units/echoclr-.service.d" 2>/dev/null || true; }

if [[ -n $uninstall ]]; then
  if managed; then systemctl disable --now echoclr.target 'echoclr-*' 2>/dev/null || true; fi
  remove_units
  rm -rf "$opt" "$bin/echoclr"
  if managed; then systemctl daemon-reload; fi
  say "EchoClr is uninstalled; settings are kept in $etc, studies and reports in $data"
  exit 0
fi

# What the program needs at run time; what it is built with is the launcher's to install.
missing=()
while read -r group package why; do
  [[ $group == run || $group == library ]] || continue
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done < <(grep '^[a-z]' infra/apt-packages.txt)
if ((${#missing[@]})); then
  ((EUID == 0)) || die "these packages are missing: apt-get install --no-install-recommends ${missing[*]}"
  say "installing ${missing[*]}"
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" || die "apt could not install them"
fi
dotnet=$(readlink -f "$(command -v dotnet || true)")
[[ -n $dotnet ]] || die "no dotnet here; install the ASP.NET Core runtime 10: https://dotnet.microsoft.com/download"
"$dotnet" --list-runtimes | grep -q '^Microsoft.AspNetCore.App 10\.' || die "$dotnet has no ASP.NET Core runtime 10"

# Beside its place, so that it is complete before anything points to it.
release=$opt/releases/$(date -u +%Y%m%dT%H%M%S)-$$
install -d -m 755 "$opt/releases" "$units/echoclr-.service.d" "$bin"
if [[ -n $program ]]; then
  [[ -f $program/echoclr.dll && -x $program/codec-worker && -f $program/libechoclr_torch.so ]] || die "$program holds no published EchoClr"
  cp -rT "$program" "$release"
else
  ./echoclr --version >/dev/null
  dotnet publish src/App/App.csproj -c Release --no-build -nodeReuse:false -v quiet -o "$release" </dev/null
fi
[[ -d $release/models ]] || cp -r models "$release/models"
chmod -R u=rwX,go=rX "$release"

if ((EUID == 0)) && ! id -u "$user" >/dev/null 2>&1; then
  useradd --system --home-dir "$data" --no-create-home --shell /usr/sbin/nologin "$user"
  say "made the system user $user"
fi
owned() { install -d -m "$1" "$2"; if ((EUID == 0)); then chown "$3:$user" "$2"; fi; }
owned 750 "$data" "$user"
owned 750 "$etc" root
owned 750 "$etc/secrets" root

fill() { sed -e "s|@OPT@|$opt|g; s|@ETC@|$etc|g; s|@DATA@|$data|g; s|@USER@|$user|g; s|@DOTNET@|$dotnet|g" "$1"; }
keep_or_fill() { # settings are written once, and are the administrator's from then on
  [[ ! -e $2 ]] || return 0
  fill "$1" >"$2"
  chmod 640 "$2"
  if ((EUID == 0)); then chown "root:$user" "$2"; fi
}
keep_or_fill infra/settings/echoclr.json "$etc/echoclr.json"
keep_or_fill infra/settings/environment "$etc/environment"

running=
if managed && systemctl is-active -q echoclr.target; then
  running=yes
  say "stopping the roles, which finish what they began"
  systemctl stop echoclr.target 'echoclr-*.service'
fi
remove_units # those of an older release may have other names
install -d -m 755 "$units/echoclr-.service.d"
for unit in infra/systemd/*.{service,target} infra/systemd/echoclr-.service.d/*.conf; do
  fill "$unit" >"$units/${unit#infra/systemd/}"
done
fill infra/settings/command >"$bin/echoclr"
chmod 755 "$bin/echoclr"

previous=$(readlink "$opt/current" || true)
ln -s "releases/${release##*/}" "$opt/current.new"
mv -T "$opt/current.new" "$opt/current"
# The one before stays, for whoever must go back before the first migration; older ones go.
for old in "$opt"/releases/*; do
  [[ $old == "$release" || ${previous##*/} == "${old##*/}" ]] || rm -rf "$old"
done

if managed; then
  systemctl daemon-reload
  [[ -z $running ]] || systemctl start echoclr.target
fi
say "EchoClr is in $opt, its settings in $etc, its data in $data${running:+; it runs again}"
[[ -n $running ]] || say "next: list senders and destinations in $etc/echoclr.json, put the broker's password into $etc/secrets/rabbitmq-password (root:$user, 640), then systemctl enable --now echoclr.target"
