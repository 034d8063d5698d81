#!/bin/sh
# `npm test`: sets up what is missing and runs every test. The last line counts them: `N passed, N failed`.
# With arguments: only those test files, as vitest takes them.
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/setup.sh"

install_host_packages qemu-system-x86_64=qemu-system-x86 qemu-img=qemu-utils kubectl=kubernetes-client python3=python3 ps=procps \
  dnsmasq=dnsmasq-base nft=nftables ip=iproute2 ovs-vsctl=openvswitch-switch ssh=openssh-client sshd=openssh-server \
  mmdebstrap=mmdebstrap mke2fs=e2fsprogs mcopy=mtools swtpm=swtpm swtpm_setup=swtpm-tools docker-registry=docker-registry xz=xz-utils zstd=zstd \
  chromium=chromium xmllint=libxml2-utils virsh=libvirt-clients systemd-analyze=systemd patchelf=patchelf sfdisk=fdisk bsdtar=libarchive-tools /usr/share/OVMF/OVMF_CODE_4M.fd=ovmf
{ [ -d "$root/.cache/linux-guest" ] && [ -d "$root/.cache/passt" ]; } || know_packages linux-image-cloud-amd64 busybox-static passt
install_npm_packages
build
# The whole suite wants real API servers, which are built once. Without them its tests on a cluster are counted as skipped.
if [ $# = 0 ] && ! sh "$root/scripts/with-node.sh" "$root/scripts/cluster/have.ts"; then
  say "Building real API servers for the tests, once: about ten minutes"
  timeout 1800 sh "$root/scripts/with-node.sh" "$root/scripts/cluster/build.ts" ||
    say "The API servers cannot be had here (see above): tests on a real control plane are skipped"
fi

count="$root/.cache/test-count"
mkdir -p "$root/.cache"
again="$root/.cache/test-again"
rm -f "$count" "$again"
cd "$root" || exit 1
vitest() { sh scripts/with-node.sh node_modules/vitest/vitest.mjs run "$@"; }
vitest "$@"
code=$?
# Of thousands of tests with real guests on two cores one may see a busy moment. Its file is tried again, and it is named at the end.
if [ $# = 0 ] && [ "$code" != 0 ] && [ -s "$again" ]; then
  say "Trying again, each file alone: $(tr '\n' ' ' <"$again")"
  # shellcheck disable=SC2046 # words without spaces
  VMCTL_TEST_AGAIN=1 vitest --maxWorkers=1 $(cat "$again")
  code=$?
fi
if [ -s "$count" ]; then cat "$count"; else
  echo '0 passed, 1 failed'
  [ "$code" != 0 ] || code=1
fi
exit "$code"
