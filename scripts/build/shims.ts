import type { Plugin } from 'esbuild';

/**
 * Modules that vmctl has no use for. oclif loads two at every start: debug (4 ms) writes oclif's own traces,
 * wsl-utils (4 ms) asks whether this is Windows. The next four find plugins and draw spinners, which it never does here. ink names react-devtools-core for developers, without depending on it.
 */
const SHIMS: Readonly<Record<string, string>> = {
  debug: `
    const silent = Object.assign(() => {}, { enabled: false, namespace: '' });
    module.exports = Object.assign(() => silent, { enabled: () => false });`,
  'wsl-utils': 'exports.isWsl = false;',
  tinyglobby: '',
  minimatch: '',
  lilconfig: '',
  'cli-spinners': '',
  'react-devtools-core': '',
};

export const shims: Plugin = {
  name: 'shims',
  setup(build) {
    const names = Object.keys(SHIMS).join('|');
    build.onResolve({ filter: new RegExp(`^(${names})$`) }, ({ path }) => ({ path, namespace: 'shim' }));
    build.onLoad({ filter: /.*/, namespace: 'shim' }, ({ path }) => ({ contents: SHIMS[path] ?? '', loader: 'js' }));
  },
};
