#!/bin/sh
# `npm run generate`: writes what is made from the schemas and the commands; with --check says what is stale instead.
root=$(cd "$(dirname "$0")/.." && pwd)
code=0
for script in schemas/generate.ts scripts/generate-commands.ts; do
  sh "$root/scripts/with-node.sh" "$root/$script" "$@" || code=1
done
exit "$code"
