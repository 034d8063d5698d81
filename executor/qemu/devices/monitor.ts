import type { Board } from '../board.ts';
import { json, keyValues, option } from '../options.ts';
import { controlSocket, rescueSocket } from '../sockets.ts';

const monitor = (id: string, path: string): string[] => [
  '-chardev',
  option('socket', { id, path, server: true, wait: false }),
  '-mon',
  keyValues({ chardev: id, mode: 'control' }),
];

/** libvirt: qemuBuildCompatDeprecatedCommandLine. */
const COMPAT = {
  Omit: { 'deprecated-output': 'hide' },
  Reject: { 'deprecated-output': 'hide', 'deprecated-input': 'reject' },
  Crash: { 'deprecated-output': 'hide', 'deprecated-input': 'crash' },
} as const;

function compat({ spec }: Board): string[] {
  const wanted = spec.launch?.deprecated;
  return wanted ? ['-compat', json(COMPAT[wanted])] : [];
}

export const monitorArguments = (board: Board): string[] => [...compat(board), ...monitors(board)];

/** Each monitor serves one client: the second is for when the first hangs. */
const monitors = ({ input }: Board): string[] => [
  ...monitor('control', controlSocket(input.runDir)),
  ...monitor('rescue', rescueSocket(input.runDir)),
];
