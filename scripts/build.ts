import { globSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { chunkFile, chunks } from './build/chunks.ts';
import { lazyRequires } from './build/lazy-requires.ts';
import { manifest } from './build/manifest.ts';
import { shims } from './build/shims.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

/** Syntax is shortened and names are kept, so that a stack trace can be read; the maps lie beside the files. */
const common = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minifySyntax: true,
  sourcemap: 'external',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [chunks, shims, lazyRequires],
  // ssh2 goes without its native parts, which a package of ours cannot carry.
  external: ['*.node'],
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename', 'import.meta.url': '__url' },
  banner: { js: 'const __url = "file://" + encodeURI(__filename);' },
} satisfies BuildOptions;

/** An ES module may hold CommonJS packages, which want `require`. */
const moduleBanner = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

function chunkBuild(file: string): Promise<unknown> {
  const outfile = join(DIST, 'vmctl', chunkFile(basename(file).replace(/\.tsx?$/, '')));
  const module = { format: 'esm', define: {}, banner: { js: moduleBanner } } satisfies BuildOptions;
  const production = { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' };
  const options = { ...common, ...(outfile.endsWith('.mjs') && module), entryPoints: [file], outfile };
  return build({ ...options, define: { ...options.define, ...production } });
}

/** Entry of each program. */
const PROGRAMS = { vmctl: 'cli/run.ts', 'vm-executor': 'executor/main.ts' } as const;

async function writeManifest(): Promise<void> {
  await writeFile(join(ROOT, 'oclif.manifest.json'), JSON.stringify(await manifest(ROOT, version)));
}

/** The page of `vmctl vnc --web`: noVNC (MPL-2.0) in one file, with its licence in it. */
async function webPage(): Promise<void> {
  const outdir = join(DIST, 'vmctl/web');
  const page = { platform: 'browser', format: 'esm', target: 'es2022', minify: true, legalComments: 'inline' } as const;
  await build({
    ...page,
    absWorkingDir: ROOT,
    bundle: true,
    entryPoints: ['cli/web/vnc.ts'],
    outdir,
    logLevel: 'warning',
  });
  for (const file of ['vnc.html', 'vnc.css']) await copyFile(join(ROOT, 'cli/web', file), join(outdir, file));
}

async function program(name: keyof typeof PROGRAMS): Promise<void> {
  await mkdir(join(DIST, name), { recursive: true });
  await copyFile(join(ROOT, 'scripts/build/entry.cjs'), join(DIST, `${name}.cjs`));
  // A command line reads its file at each start, so there every byte counts.
  const minifyWhitespace = name === 'vmctl';
  await build({ ...common, minifyWhitespace, entryPoints: [PROGRAMS[name]], outfile: join(DIST, name, 'main.cjs') });
  if (name !== 'vmctl') return;
  await Promise.all([writeManifest(), webPage(), ...globSync('cli/chunks/*.{ts,tsx}', { cwd: ROOT }).map(chunkBuild)]);
}

/** The CRDs as JSON, for an executor that starts without a YAML parser. */
async function writeCrds(): Promise<void> {
  const { crd } = await import('../schemas/crd.ts');
  const { kinds } = await import('../schemas/kinds/index.ts');
  await writeFile(join(DIST, 'crds.json'), JSON.stringify(Object.values(kinds).map(crd)));
}

/** Builds both programs, or those that the command line names. Files are replaced in place: a program may be running. */
async function main(wanted: readonly string[]): Promise<void> {
  const names = Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[];
  await Promise.all(names.filter((name) => wanted.length === 0 || wanted.includes(name)).map(program));
  await writeCrds();
  await writeFile(join(DIST, 'package.json'), '{"type":"commonjs"}\n');
}

await main(process.argv.slice(2));
