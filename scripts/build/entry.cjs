'use strict';
// First file of both programs. It must parse on any Node, so that an old one can say so in one line.
var path = require('node:path');
var name = path.basename(__filename, '.cjs');
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `${name}: Node.js 24 or newer is needed, this is ${process.version}; run npm install for the pinned one`,
  );
  process.exit(1);
}
var env = process.env;
var fs = require('node:fs');
/** Makes one folder in another that is there; says whether it is there now. */
function folder(path) {
  try {
    fs.mkdirSync(path, 0o700);
  } catch (e) {
    return e.code === 'EEXIST';
  }
  return true;
}
// Node makes the cache's folder with those above it, and never ends where the kernel refuses each with ENOENT, as
// /proc does (a home that is nowhere is /proc/nonexistent on some hosts). So they are made here, one by one.
var cache = env.XDG_CACHE_HOME || (env.HOME && `${env.HOME}/.cache`);
// A purge removes the cache, so it must not write it again when it ends.
if (cache && process.argv.indexOf('--purge') === -1 && folder(cache) && folder(`${cache}/vmctl`))
  require('node:module').enableCompileCache(`${cache}/vmctl/compiled`);
require(`./${name}/main.cjs`);
