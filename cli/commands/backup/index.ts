import BackupCreate from './create.ts';

export default class Backup extends BackupCreate {
  static override summary = 'Back a machine up; short for backup create.';
  static override examples = ['<%= config.bin %> backup web --pool vault --wait'];
}
