import type { KubeObject } from '../../schemas/types/object.ts';
import { resolveResource } from '../api/lookup.ts';
import { OURS } from '../api/resources.ts';
import { readManifests } from '../apply/manifests.ts';
import { optionalArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { Failure, usage } from '../errors.ts';
import { filenames } from '../flags.ts';
import { besides, writtenXml } from '../import/written.ts';
import { objectName } from '../names.ts';

/** Kinds in the order in which a file is taken to be about them: disks and networks go along with a machine. */
const FIRST = [
  OURS.VirtualMachine,
  OURS.VirtualMachineSnapshot,
  OURS.VirtualMachineNetwork,
  OURS.VirtualMachineStoragePool,
  OURS.VirtualMachineDisk,
];

export default class Export extends ApiCommand {
  static override summary = 'Show a machine as libvirt domain XML; a network, pool, disk or snapshot as its XML.';
  static override description = `${Export.summary}
What was imported comes back as it was, with what was changed since.`;
  static override examples = [
    '<%= config.bin %> export web >web.xml',
    '<%= config.bin %> export network/lan',
    '<%= config.bin %> export --file web.yaml',
  ];
  static override args = { object: optionalArg('name of the machine, or RESOURCE/NAME') };
  static override flags = {
    filename: filenames,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Export);
    if (flags.filename) return this.ofFiles(flags.filename, args.object);
    if (args.object === undefined) throw usage('which machine?', 'vmctl export web, or vmctl export --file web.yaml');
    const session = await this.connect(flags);
    const [word, name] = halves(args.object);
    const resource = word === undefined ? OURS.VirtualMachine : await resolveResource(session.client, word);
    const place = resource.namespaced ? { namespace: session.namespace, name } : { name };
    const object = await session.client.get<KubeObject>(resource, place);
    const isMachine = resource.kind === OURS.VirtualMachine.kind;
    const others = isMachine ? await besides(session) : [];
    process.stdout.write(await writtenXml({ ...object, kind: resource.kind }, others));
  }

  private async ofFiles(files: readonly string[], wanted: string | undefined): Promise<void> {
    const objects = (await readManifests(files)).map(({ object }) => object as KubeObject);
    process.stdout.write(await writtenXml(chosen(objects, wanted), objects));
  }
}

/** `network/lan`, or the name alone of a machine. */
function halves(text: string): [string | undefined, string] {
  const slash = text.indexOf('/');
  return slash === -1 ? [undefined, objectName(text)] : [text.slice(0, slash), objectName(text.slice(slash + 1))];
}

/** The one object that files are about. @throws Failure */
function chosen(objects: readonly KubeObject[], wanted: string | undefined): KubeObject {
  const [, name] = wanted === undefined ? [undefined, undefined] : halves(wanted);
  const named = objects.filter((object) => name === undefined || object.metadata.name === name);
  const kind = FIRST.map((resource) => resource.kind).find((one) => named.some((object) => object.kind === one));
  const [object, ...more] = named.filter((one) => one.kind === kind);
  if (!object)
    throw new Failure('notFound', 'there is nothing to export in the files', 'give the one with the machine');
  if (more.length === 0) return object;
  const names = [object, ...more].map(({ metadata }) => metadata.name).join(', ');
  throw usage(`there are several of the kind ${object.kind}: ${names}`, 'say which: vmctl export NAME --file FILE');
}
