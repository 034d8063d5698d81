import { basename } from 'node:path';
import type { Plugin } from 'esbuild';

/** Chunks that use top-level await somewhere and so can't be CommonJS. */
const MODULES: ReadonlySet<string> = new Set(['progress', 'top']);

export const chunkFile = (name: string): string => `${name}.${MODULES.has(name) ? 'mjs' : 'cjs'}`;

/** Leaves `import('…/chunks/NAME.ts')` to run time: each such file is built by itself and loaded when asked for. */
export const chunks: Plugin = {
  name: 'chunks',
  setup(build) {
    build.onResolve({ filter: /\/chunks\/[\w-]+\.tsx?$/ }, ({ path, kind }) => {
      if (kind !== 'dynamic-import') return undefined;
      return { path: `./${chunkFile(basename(path).replace(/\.tsx?$/, ''))}`, external: true };
    });
  },
};
