#!/bin/bash
# Installs the FluxVision NVR on Debian or Ubuntu from this checkout, as a service of systemd. May be run
# again: it then updates the program and leaves settings, passphrase and recordings as they are.
#
#   sudo examples/nvr/deploy/install.sh               install or update
#   sudo examples/nvr/deploy/install.sh --uninstall   remove the program; recordings and settings stay
#
# DESTDIR=DIR only puts the files below DIR: no packages, no user, no service.
set -euo pipefail

name=fluxvision-nvr
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
destination=${DESTDIR:-}
program=/opt/$name
settings=/etc/$name
unit=/etc/systemd/system/$name.service

say() { printf '%s: %s\n' "$name" "$*" >&2; }
give_up() { say "$*"; exit 1; }

uninstall() {
  if [ -z "$destination" ] && [ -f "$unit" ]; then systemctl disable --now $name || true; fi
  rm -f "$destination$unit"
  rm -rf "${destination:?}$program"
  if [ -z "$destination" ]; then systemctl daemon-reload; fi
  say "removed. Recordings (/var/lib/$name) and settings ($settings) are still there."
}

require_node() {
  command -v node > /dev/null || give_up 'Node.js 20.19 or later is missing: see https://nodejs.org'
  node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' ||
    give_up "Node.js 20.19 or later is needed, this is $(node --version)."
}

build() {
  # Installs packages through apt and npm where they are missing, and builds what is not built.
  if [ -z "$destination" ]; then node "$root/scripts/setup.mjs" --for demo; fi
  for file in dist/index.js build/Release/fluxvision_core.node examples/nvr/dist/server/main.js \
    node_modules/better-sqlite3/build/Release/better_sqlite3.node; do
    [ -f "$root/$file" ] || give_up "$root/$file is not built: node scripts/setup.mjs --for demo"
  done
}

copy_program() {
  local staged
  install -d -m 0755 "$destination/opt"
  staged=$(mktemp -d "$destination$program.XXXXXX")
  chmod 0755 "$staged"
  mkdir -p "$staged/build/Release" "$staged/examples/nvr"
  cp "$root/package.json" "$root/package-lock.json" "$root/LICENSE" "$staged"
  cp -r "$root/dist" "$staged"
  cp "$root/build/Release/fluxvision_core.node" "$staged/build/Release"
  cp "$root/examples/nvr/package.json" "$staged/examples/nvr"
  cp -r "$root/examples/nvr/dist" "$staged/examples/nvr"
  (
    cd "$staged"
    # The addon is built already, and so is the database's.
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
  )
  cp -r "$root/node_modules/better-sqlite3/build" "$staged/node_modules/better-sqlite3"
  # The old one goes when the new one is whole.
  rm -rf "$destination$program.old"
  if [ -d "$destination$program" ]; then mv "$destination$program" "$destination$program.old"; fi
  mv "$staged" "$destination$program"
  rm -rf "$destination$program.old"
}

write_settings() {
  install -d -m 0755 "$destination$settings"
  if [ ! -f "$destination$settings/nvr.yaml" ]; then
    install -m 0644 "$here/nvr.example.yaml" "$destination$settings/nvr.yaml"
  fi
  if [ ! -f "$destination$settings/passphrase" ]; then
    (umask 077; node -p 'require("node:crypto").randomBytes(24).toString("base64url")' > "$destination$settings/passphrase")
    say "made the passphrase $settings/passphrase. Keep a copy elsewhere: without it no recording can be read."
  fi
}

write_unit() {
  install -d -m 0755 "$(dirname "$destination$unit")"
  sed -e "s|@NODE@|$(command -v node)|" -e "s|@MAIN@|$program/examples/nvr/dist/server/main.js|" \
    "$here/$name.service" > "$destination$unit"
  chmod 0644 "$destination$unit"
}

make_user() {
  if ! id $name > /dev/null 2>&1; then
    adduser --system --group --no-create-home --home /nonexistent $name
  fi
}

if [ -z "$destination" ] && [ "$(id -u)" -ne 0 ]; then give_up "run it as root: sudo $0 $*"; fi
case ${1:-} in
  '') ;;
  --uninstall) uninstall; exit ;;
  *) give_up "unknown option $1 (there is --uninstall)" ;;
esac
require_node
build
copy_program
write_settings
write_unit
[ -z "$destination" ] || exit 0
make_user
systemctl daemon-reload
systemctl enable $name
systemctl restart $name
say "runs at https://$(hostname):8443. The address of the first start: journalctl -u $name | grep -A2 'First start'"
