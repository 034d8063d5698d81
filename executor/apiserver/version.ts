/** The answer to `/version`: the Kubernetes release whose API this is. */
export const version = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0+vmctl',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: `linux/${{ x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch}`,
} as const;
