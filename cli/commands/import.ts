import { boolean, string } from '@oclif/core/flags';
import type { ImportOptions } from '../../analyser/index.ts';
import type { Where } from '../api/connect.ts';
import type { DryRun } from '../apply/report.ts';
import { listArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { Failure, usage } from '../errors.ts';
import { dryRun, objectOutput } from '../flags.ts';
import { remarks, reportJson, reportTable } from '../import/report.ts';
import { analyseAll, clashes, objectsOf, type Result } from '../import/results.ts';
import { printed, send } from '../import/send.ts';
import { readSources } from '../import/sources.ts';
import { objectName } from '../names.ts';

const KEEP = 'take these out of the XML, or keep them without effect with --keep-unsupported';

export default class Import extends ApiCommand {
  static override summary = 'Make machines, networks, pools, disks and snapshots from libvirt XML.';
  static override description = `${Import.summary}
The root element says what it is: domain, network, pool, volume or domainsnapshot, as virsh dumpxml, net-dumpxml, pool-dumpxml, vol-dumpxml and snapshot-dumpxml print it. Every element and attribute is accounted for. What cannot be taken over stops the import, and is named.`;
  static override examples = [
    '<%= config.bin %> import web.xml',
    'virsh dumpxml web | <%= config.bin %> import - -o yaml >web.yaml',
    '<%= config.bin %> import /etc/libvirt/qemu --network default=lan --pool fast',
    '<%= config.bin %> import web.xml --report table',
    '<%= config.bin %> import --from qemu+ssh://root@old/system web db --with-disks --shutdown',
  ];
  static override args = {
    file: listArg('XML files, folders of them, or - for standard input; machines of --from', false),
  };
  static override flags = {
    name: string({ helpValue: 'NAME', description: "Name of the object; libvirt's where not given. For one XML." }),
    pool: string({ helpValue: 'NAME', description: 'Storage pool of the disks and images; default where not given.' }),
    machine: string({ helpValue: 'NAME', description: 'Machine that snapshots are of, where their XML does not say.' }),
    network: string({
      aliases: ['map-network'],
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'OLD=NEW',
      description: "VirtualMachineNetwork for a network of libvirt's; may be repeated.",
    }),
    'keep-unsupported': boolean({
      description: 'Keep what is not supported for export, without effect, rather than refuse it.',
    }),
    report: string({
      options: ['table', 'json'],
      helpValue: 'table|json',
      description: 'Say what becomes of every leaf. Without -o nothing is sent.',
    }),
    from: string({
      helpValue: 'URI',
      description:
        "Another host's libvirt, qemu+ssh://root@host/system: the arguments are names of its machines, none for all.",
    }),
    'with-disks': boolean({ dependsOn: ['from'], description: 'Copy the disks too, as images and disks of your own.' }),
    shutdown: boolean({
      dependsOn: ['with-disks'],
      exclusive: ['live'],
      description: 'Shut machines that run down before their disks are copied.',
    }),
    live: boolean({
      dependsOn: ['with-disks'],
      description: 'Pause machines that run while their disks are copied: as after a power cut.',
    }),
    'passphrase-file': string({
      dependsOn: ['with-disks'],
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'DISK=FILE',
      description: 'File with the passphrase of an encrypted disk; may be repeated. The copy is decrypted.',
    }),
    to: string({
      dependsOn: ['with-disks'],
      helpValue: 'FOLDER',
      description: 'Keep the copies here, for an executor on this host to import; sent to the API where not given.',
    }),
    'dry-run': dryRun,
    output: { ...objectOutput, description: 'Print the objects; as yaml or json, without sending them anywhere.' },
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Import);
    const words = args.file ?? [];
    const options = importOptions(flags, words);
    if (flags.from === undefined) {
      if (words.length === 0) throw usage('which file?', 'vmctl import web.xml, or - for standard input');
      return this.take(await analyseAll(readSources(words), options), flags);
    }
    const isPrinted = flags.output === 'yaml' || flags.output === 'json';
    if (flags['with-disks'] && isPrinted && flags.to === undefined)
      throw usage('copies of disks need a place where nothing is sent', 'name one with --to FOLDER');
    const { fetchMachines } = await import('../import/remote/fetch.ts');
    const how = { withDisks: flags['with-disks'], shutDown: flags.shutdown, live: flags.live, to: flags.to };
    const note = (text: string) => this.note(text);
    const all = {
      ...how,
      from: flags.from,
      names: words,
      pool: flags.pool,
      passphrases: passphrases(flags['passphrase-file']),
      note,
    };
    await using fetched = await fetchMachines(all, options);
    await this.take(fetched.results, flags, fetched.uploads);
  }

  /** Tells, prints or sends what came of the XML. */
  private async take(results: readonly Result[], flags: Taking, uploads: readonly Upload[] = []): Promise<void> {
    const onlyPrinted = flags.output === 'yaml' || flags.output === 'json';
    if (flags.report) this.report(results, flags.report, onlyPrinted);
    else for (const result of results) if ('objects' in result) for (const text of remarks(result)) this.note(text);
    const objects = objectsOf(results);
    const mode = flags['dry-run'] as DryRun;
    if (onlyPrinted || mode === 'client') this.say(await printed(objects, flags.output ?? 'yaml'));
    throwIfRefused(results, onlyPrinted);
    if (onlyPrinted || mode === 'client' || (flags.report && mode === 'none' && !flags.output)) return;
    const session = await this.connect(flags);
    const voice = { say: (text: string) => this.say(text), note: (text: string) => this.note(text) };
    await send(session, objects, { mode, format: flags.output }, voice);
    if (mode !== 'none' || uploads.length === 0) return;
    const { upload } = await import('../image/upload.ts');
    for (const one of uploads) await upload(session, one);
  }

  /** Beside objects the report is a remark; alone it is the result. */
  private report(results: readonly Result[], format: string, beside: boolean): void {
    const text = format === 'json' ? reportJson(results) : reportTable(results).join('\n');
    if (beside) this.note(text);
    else this.say(text);
  }
}

interface Upload {
  readonly file: string;
  readonly name: string;
}

interface Taking extends Where {
  readonly output?: string | undefined;
  readonly report?: string | undefined;
  readonly 'dry-run': string;
}

interface Options {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly pool?: string | undefined;
  readonly machine?: string | undefined;
  readonly network?: string[] | undefined;
  readonly 'keep-unsupported': boolean;
}

/** What the flags ask of the analyser. @throws Failure (usage) */
export function importOptions(flags: Options, files: readonly string[]): ImportOptions {
  if (flags.name !== undefined && files.length > 1) throw usage('--name is for one XML', 'import them one by one');
  return {
    ...(flags.name !== undefined && { name: objectName(flags.name) }),
    ...(flags.namespace !== undefined && { namespace: flags.namespace }),
    ...(flags.machine !== undefined && { machine: objectName(flags.machine) }),
    ...(flags.pool !== undefined && { pool: objectName(flags.pool) }),
    ...(flags['keep-unsupported'] && { keepUnsupported: true }),
    networks: Object.fromEntries((flags.network ?? []).map(pair)),
  };
}

const passphrases = (texts: readonly string[] = []): Record<string, string> =>
  Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      throw usage(`--passphrase-file "${text}" is not DISK=FILE`, 'such as --passphrase-file vda=key.txt');
    }),
  );

function pair(text: string): [string, string] {
  const at = text.lastIndexOf('=');
  if (at > 0) return [text.slice(0, at), objectName(text.slice(at + 1), 'network name')];
  throw usage(`--network "${text}" is not OLD=NEW`, 'such as --network br0=lan');
}

/** One that is refused stops all from being sent: half of a host's machines are no host. @throws Failure */
function throwIfRefused(results: readonly Result[], isPrinted: boolean): void {
  const refused = results.flatMap((result) => ('error' in result ? [result] : []));
  const [first] = refused;
  if (first === undefined) {
    const twice = clashes(objectsOf(results));
    if (twice.length === 0) return;
    throw new Failure(
      'failed',
      `different things are called ${twice.join(', ')}`,
      'import them one by one, with --name',
    );
  }
  const texts = refused.map((one) =>
    one.noXml
      ? `${one.source} is no XML that can be read: ${one.error}`
      : `${one.source} cannot be imported:\n${one.error}`,
  );
  const rest =
    isPrinted || results.length === 1 ? [] : [`nothing was sent: ${refused.length} of ${results.length} are refused`];
  throw new Failure('failed', [...texts, ...rest].join('\n'), refused.some(({ noXml }) => !noXml) ? KEEP : undefined);
}
