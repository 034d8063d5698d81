#!/bin/sh
# `npm run bench [-- --json] [-- NAME…]`: our times against the bare tools', as ratios of the same run.
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/setup.sh"

install_host_packages qemu-system-x86_64=qemu-system-x86 qemu-img=qemu-utils kubectl=kubernetes-client curl=curl xmllint=libxml2-utils virsh=libvirt-clients >&2
install_npm_packages >&2
build >&2
exec sh "$root/scripts/with-node.sh" "$root/scripts/bench/main.ts" "$@"
