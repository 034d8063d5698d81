#!/bin/sh
# Runs a script of this checkout on the pinned Node (the npm package `node`), whatever `node` is on the PATH.
root=$(cd "$(dirname "$0")/.." && pwd)
node="$root/node_modules/node/bin/node"
if [ ! -x "$node" ]; then
  echo "vmctl: the pinned Node is not installed; run: npm install" >&2
  exit 1
fi
PATH="$root/node_modules/node/bin:$root/node_modules/.bin:$PATH"
export PATH
exec "$node" --disable-warning=ExperimentalWarning "$@"
