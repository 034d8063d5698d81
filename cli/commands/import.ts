import { readFileSync } from 'node:fs';
import { boolean, string } from '@oclif/core/flags';
import type { Analysis, ImportOptions } from '../../analyser/index.ts';
import { isAlreadyExists } from '../../schemas/client/errors.ts';
import { knownKind } from '../api/resources.ts';
import { make } from '../apply/make.ts';
import type { Draft } from '../apply/manifests.ts';
import type { DryRun } from '../apply/report.ts';
import { requiredArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { Failure } from '../errors.ts';
import { dryRun, objectOutput } from '../flags.ts';
import { importReport } from '../import/report.ts';
import { objectName } from '../names.ts';
import { formatData } from '../output/object.ts';

export default class Import extends ApiCommand {
  static override summary =
    'Make a machine from libvirt domain XML, as virsh dumpxml and virt-install --print-xml write it.';
  static override description = `${Import.summary}
Every element and attribute of the input is accounted for. What cannot be taken over stops the import, and is named.`;
  static override examples = [
    'virsh dumpxml web | <%= config.bin %> import -',
    'virsh dumpxml web | <%= config.bin %> import - -o yaml >web.yaml',
  ];
  static override args = { file: requiredArg('XML file, or - for standard input') };
  static override flags = {
    name: string({ helpValue: 'NAME', description: "Name of the machine; the domain's where not given." }),
    pool: string({ helpValue: 'NAME', description: 'Storage pool of the disks and images; default where not given.' }),
    'map-network': string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'THEIRS=OURS',
      description: "VirtualMachineNetwork for a network of libvirt's; may be repeated.",
    }),
    'keep-unsupported': boolean({
      description: 'Keep what is not supported for export, without effect, rather than refuse it.',
    }),
    'dry-run': dryRun,
    output: {
      ...objectOutput,
      description: 'Print the objects; as yaml or json, without sending them anywhere.',
    },
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Import);
    const networks = Object.fromEntries((flags['map-network'] ?? []).map(pair));
    const analysis = await this.analysis(args.file, {
      ...(flags.name !== undefined && { name: objectName(flags.name) }),
      ...(flags.namespace !== undefined && { namespace: flags.namespace }),
      ...(flags.pool !== undefined && { pool: objectName(flags.pool) }),
      ...(flags['keep-unsupported'] && { keepUnsupported: true }),
      networks,
      source: args.file === '-' ? 'standard input' : args.file,
    });
    for (const text of importReport(analysis.report)) this.note(text);
    const mode = flags['dry-run'] as DryRun;
    const printed = mode === 'none' && (flags.output === 'yaml' || flags.output === 'json');
    if (mode === 'client' || printed) return this.print(analysis, flags.output);
    const session = await this.connect(flags);
    for (const object of analysis.objects) {
      const resource = knownKind(object.apiVersion, object.kind);
      if (!resource) throw new Failure('failed', `the analyser made a ${object.kind}, which is no kind of ours`);
      const made = make(session, resource, object as unknown as Draft, { mode, format: flags.output }, (text) =>
        this.say(text),
      );
      // Networks and images are shared by machines: one of that name may be there from the import before.
      await made.catch((error) => {
        if (!isAlreadyExists(error) || object.kind === 'VirtualMachine') throw error;
        this.note(`${resource.singular}.${resource.group}/${object.metadata.name} is there already and stays as it is`);
      });
    }
  }

  private async analysis(file: string, options: ImportOptions): Promise<Analysis> {
    const { analyse } = await import('../chunks/analyse.ts');
    const from = options.source ?? file;
    let input: Buffer;
    try {
      input = readFileSync(file === '-' ? 0 : file);
    } catch (cause) {
      throw new Failure('failed', `cannot read ${from}: ${(cause as Error).message}`, undefined, { cause });
    }
    try {
      return analyse(input, options);
    } catch (cause) {
      throw refused(cause, from);
    }
  }

  private async print({ objects }: Analysis, format = 'yaml'): Promise<void> {
    if (format === 'name')
      for (const { kind, metadata } of objects) this.say(`${kind.toLowerCase()}.vmctl.dev/${metadata.name}`);
    else if (format === 'json') this.say(await formatData({ apiVersion: 'v1', kind: 'List', items: objects }, 'json'));
    else this.say((await Promise.all(objects.map((object) => formatData(object, 'yaml')))).join('\n---\n'));
  }
}

function pair(text: string): [string, string] {
  const at = text.lastIndexOf('=');
  if (at > 0) return [text.slice(0, at), objectName(text.slice(at + 1), 'network name')];
  throw new Failure('usage', `--map-network "${text}" is not THEIRS=OURS`, 'such as --map-network br0=lan');
}

/** Errors of the analyser are known by name: it is built into a file of its own. */
function refused(cause: unknown, from: string): unknown {
  const { name, message } = cause as Error;
  if (name === 'XmlError')
    return new Failure('failed', `${from} is no XML that can be read: ${message}`, undefined, { cause });
  if (name !== 'AnalysisError') return cause;
  return new Failure(
    'failed',
    `${from} cannot be imported:\n${message}`,
    'take these out of the XML, or keep them without effect with --keep-unsupported',
    { cause },
  );
}
