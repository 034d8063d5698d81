import Restore from '../restore.ts';

export default class SnapshotClone extends Restore {
  static override summary = 'Make a new machine from a snapshot: its spec at that time, on copies of its disks.';
  static override examples = [
    '<%= config.bin %> snapshot clone before-upgrade web-test --wait',
    '<%= config.bin %> snapshot clone before-upgrade web-test --start',
  ];
}
