import SnapshotCreate from './create.ts';

export default class Snapshot extends SnapshotCreate {
  static override summary = 'Take a snapshot of a machine; short for snapshot create.';
  static override examples = [
    '<%= config.bin %> snapshot web',
    '<%= config.bin %> snapshot web before-upgrade --memory',
  ];
}
