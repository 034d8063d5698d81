import { string } from '@oclif/core/flags';
import { BaseCommand } from '../../base.ts';
import { dataOutput } from '../../flags.ts';
import { ARCHITECTURES, CATALOG, catalogSource } from '../../image/catalog.ts';
import { formatData } from '../../output/object.ts';
import { alignColumns } from '../../output/table.ts';

interface Listed {
  readonly name: string;
  readonly title: string;
  readonly user: string;
  readonly architecture: string;
  readonly url: string;
  readonly checksumUrl?: string;
  readonly checksum?: string;
}

function listed(architectures: readonly string[]): Listed[] {
  return Object.entries(CATALOG).flatMap(([name, { title, user }]) =>
    architectures.flatMap((architecture) => {
      const source = catalogSource(name, architecture);
      return source ? [{ name, title, user, architecture, ...source } as Listed] : [];
    }),
  );
}

export default class ImageCatalog extends BaseCommand {
  static override summary = 'List the cloud images that can be named without being imported first.';
  static override description = `${ImageCatalog.summary}
vmctl create --image NAME imports one of them where the namespace has no image of that name. What is downloaded must have the digest that its publisher gives.`;
  static override examples = [
    '<%= config.bin %> image catalog',
    '<%= config.bin %> create web --image debian-12 --wait',
  ];
  static override flags = {
    arch: string({ options: [...ARCHITECTURES], description: 'Only of this architecture.' }),
    output: dataOutput,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ImageCatalog);
    const images = listed(flags.arch ? [flags.arch] : ARCHITECTURES);
    if (flags.output) return this.say(await formatData(images, flags.output as 'json' | 'yaml'));
    const names = Map.groupBy(images, ({ name }) => name);
    const rows = [...names].map(([name, all]) => [
      name,
      all[0]?.title ?? '',
      all.map(({ architecture }) => architecture).join(','),
      all[0]?.user ?? '',
      new URL(all[0]?.url ?? '').host,
    ]);
    for (const line of alignColumns([['NAME', 'TITLE', 'ARCHITECTURES', 'USER', 'FROM'], ...rows])) this.say(line);
  }
}
