import { boolean } from '@oclif/core/flags';
import type { Where } from '../api/connect.ts';
import { ApiCommand } from '../base.ts';
import { dataOutput } from '../flags.ts';
import { formatData } from '../output/object.ts';

interface ServerVersion {
  readonly gitVersion: string;
}

export default class Version extends ApiCommand {
  static override summary = 'Show the versions of vmctl, of its Node, and of the API server if one answers.';
  static override flags = { client: boolean({ description: 'Ask no server.' }), output: dataOutput };

  async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    const server = flags.client ? undefined : await this.server(flags);
    const versions = { vmctl: this.config.version, node: process.version, ...(server && { server }) };
    if (flags.output) return this.say(await formatData(versions, flags.output as 'json' | 'yaml'));
    for (const [name, version] of Object.entries(versions)) this.say(`${name} ${version}`);
  }

  /** Nobody answering is no failure here. */
  private async server(flags: Where): Promise<string | undefined> {
    try {
      const { client } = await this.connect(flags);
      return (await client.call<ServerVersion>('GET', '/version')).gitVersion;
    } catch (error) {
      this.note(`no API server answers: ${(error as Error).message}`);
      return undefined;
    }
  }
}
