import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { testScorer } from './mutations.ts';
import { explain, topReasons } from './reasons.ts';
import { countsOf, foldersOf, judgeDomains, OTHERS, startAll } from './score.ts';

const HELP = `npm run corpus -- FOLDER [--json] [--no-qemu] [--top N] [--explain NAME] [--mutate]

Scores the analyser against a folder with libvirt's own test files: domain/, domain-invalid/, real/, network/, pool/, volume/, snapshot/.`;

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    'no-qemu': { type: 'boolean', default: false },
    top: { type: 'string', default: '25' },
    mutate: { type: 'boolean', default: false },
    explain: { type: 'string', multiple: true, default: [] },
  },
  allowPositionals: true,
});
const [root] = positionals;
if (root === undefined || !existsSync(root)) {
  console.error(HELP);
  process.exit(2);
}
const folders = foldersOf(root);
if (values.mutate) {
  console.table(testScorer(folders.domain));
  process.exit(0);
}
const domains = judgeDomains(folders.domain, folders.invalid);
const real = judgeDomains(folders.real);
const others = OTHERS.map((kind) => [kind, judgeDomains(join(root, kind))] as const);
const rest = others.flatMap(([, list]) => list);
const cache = join(import.meta.dirname, '..', '..', '.cache', 'corpus-qemu');
if (values.explain.length > 0) {
  const named = [...domains, ...real, ...rest].filter(({ name }) => values.explain.includes(name));
  await startAll(named, cache);
  console.log(named.flatMap(explain).join('\n'));
  process.exit(named.length > 0 ? 0 : 1);
}
if (!values['no-qemu']) await startAll([...domains, ...real], cache);
const apart = { real: countsOf(real), ...Object.fromEntries(others.map(([kind, list]) => [kind, countsOf(list)])) };
if (values.json) console.log(JSON.stringify({ ...countsOf(domains), ...apart }));
else {
  console.table({ domain: countsOf(domains), ...apart });
  console.log(
    [
      ...topReasons(domains, Number(values.top)),
      '',
      'REAL',
      ...topReasons(real, Number(values.top)),
      '',
      'OTHER KINDS',
      ...topReasons(rest, Number(values.top)),
    ].join('\n'),
  );
}
