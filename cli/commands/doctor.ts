import { BaseCommand } from '../base.ts';
import { Failure } from '../errors.ts';
import { dataOutput } from '../flags.ts';
import { doctorLines, examine } from '../home/doctor.ts';
import { homeFlag, locateHome } from '../home/locate.ts';
import { formatData } from '../output/object.ts';

export default class Doctor extends BaseCommand {
  static override summary = 'Look at this host: is all there that machines need, and what is missing?';
  static override flags = { home: homeFlag, output: dataOutput };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const checks = await examine(`${this.config.root}/dist`, locateHome(flags.home));
    if (flags.output) this.say(await formatData({ checks }, flags.output as 'json' | 'yaml'));
    else for (const text of doctorLines(checks)) this.say(text);
    const missing = checks.filter(({ status }) => status === 'missing');
    if (missing.length > 0)
      throw new Failure(
        'failed',
        `missing on this host: ${missing.map(({ name }) => name).join(', ')}`,
        'see above what to install',
      );
  }
}
