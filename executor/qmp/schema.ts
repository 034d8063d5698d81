import type { Qmp } from './client.ts';
import type { SchemaEntry } from './commands/index.ts';

/** What a qemu binary can do, from `query-qmp-schema`; asked instead of comparing versions. */
export interface QmpSchema {
  /** e.g. `snapshot-save`, or an argument of it: `block-commit/base-node`. */
  hasCommand(name: string): boolean;
  hasEvent(name: string): boolean;
  /** A feature flag of a command, e.g. `('blockdev-add', 'unstable')`. */
  hasFeature(command: string, feature: string): boolean;
}

/** One parsed schema costs megabytes and fifty machines run one binary: kept once a build, and only the names. */
const known = new Map<string, Promise<QmpSchema>>();

/** The schema of the qemu behind this connection; the first call for each build of qemu asks, later ones do not. */
export function querySchema(qmp: Qmp): Promise<QmpSchema> {
  const build = JSON.stringify(qmp.version);
  const earlier = known.get(build);
  if (earlier) return earlier;
  const asked = qmp.execute('query-qmp-schema').then(toSchema);
  known.set(build, asked);
  asked.catch(() => known.delete(build));
  return asked;
}

/** Indexes the entries. Argument types are named by number in the schema and are resolved here. */
export function toSchema(entries: readonly SchemaEntry[]): QmpSchema {
  const types = new Map(entries.map((entry) => [entry.name, entry]));
  const commands = new Set<string>();
  const events = new Set<string>();
  const features = new Set<string>();
  for (const entry of entries) {
    if (entry['meta-type'] === 'event') events.add(entry.name);
    if (entry['meta-type'] !== 'command') continue;
    commands.add(entry.name);
    for (const member of types.get(entry['arg-type'] ?? '')?.members ?? [])
      commands.add(`${entry.name}/${member.name}`);
    for (const feature of entry.features ?? []) features.add(`${entry.name}/${feature}`);
  }
  return {
    hasCommand: (name) => commands.has(name),
    hasEvent: (name) => events.has(name),
    hasFeature: (command, feature) => features.has(`${command}/${feature}`),
  };
}
