import { parseArgs } from 'node:util';
import { access } from './access.ts';
import { cli } from './cli.ts';
import { clone } from './clone.ts';
import { imports } from './import.ts';
import { libvirt } from './libvirt.ts';
import { lifecycle } from './lifecycle.ts';
import { many } from './many.ts';
import type { Measure } from './measure.ts';
import { networks } from './networks.ts';
import { placing } from './placing/index.ts';
import { scale } from './scale/index.ts';
import { snapshots } from './snapshots.ts';
import { start } from './start.ts';
import { table } from './table.ts';

/** The benchmarks by name, in the order in which they are printed. */
const benches: Readonly<Record<string, () => Promise<Measure[]>>> = {
  cli,
  start,
  lifecycle,
  snapshots,
  clone,
  many,
  access,
  import: imports,
  libvirt,
  networks,
  scale,
  placing,
};

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`no such benchmark: ${unknown.join(', ')}; there are: ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}

const measures: Measure[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (!values.json) console.error(`measuring ${name} …`);
  measures.push(...(await bench()));
}
console.log(values.json ? JSON.stringify(measures, null, 2) : table(measures));
