#!/bin/sh
# `npm start`: from a fresh checkout to a machine that runs, and a snapshot of it.
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/setup.sh"

install_host_packages qemu-system-x86_64=qemu-system-x86 qemu-img=qemu-utils
[ -d "$root/.cache/linux-guest" ] || know_packages linux-image-cloud-amd64 busybox-static
install_npm_packages
build
exec sh "$root/scripts/with-node.sh" "$root/scripts/start/main.ts" "$@"
