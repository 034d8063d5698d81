import { readFileSync } from 'node:fs';
import { boolean, string } from '@oclif/core/flags';
import { isNotFound } from '../../schemas/client/errors.ts';
import type { ResourceType } from '../../schemas/client/paths.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../schemas/kinds/image.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { readManifests } from '../apply/manifests.ts';
import { optionalArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { Failure, usage } from '../errors.ts';
import { filenames } from '../flags.ts';
import { locateHome } from '../home/locate.ts';
import { objectName } from '../names.ts';
import { shellLines } from '../showcmd/quote.ts';

const NOTHING = { disk: () => undefined, image: () => undefined };

export default class Showcmd extends ApiCommand {
  static override summary = 'Show the qemu command line of a machine: as it runs, or as it would be started.';
  static override examples = [
    '<%= config.bin %> showcmd web',
    '<%= config.bin %> showcmd web --planned',
    '<%= config.bin %> showcmd -f web.yaml -o json',
  ];
  static override args = { machine: optionalArg('name of the machine') };
  static override flags = {
    filename: filenames,
    planned: boolean({ description: 'What the spec asks for now, also where the machine runs.' }),
    output: string({
      char: 'o',
      options: ['shell', 'json'],
      default: 'shell',
      helpValue: 'shell|json',
      description: 'Output format.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Showcmd);
    const commands = flags.filename ? await this.ofFiles(flags.filename) : [await this.ofMachine(args.machine, flags)];
    for (const words of commands) this.say(flags.output === 'json' ? JSON.stringify(words) : shellLines(words));
  }

  private async ofFiles(files: readonly string[]): Promise<string[][]> {
    const { commandFor } = await import('../chunks/showcmd.ts');
    const machines = (await readManifests(files)).filter(({ object }) => object.kind === OURS.VirtualMachine.kind);
    if (machines.length === 0) throw usage(`there is no VirtualMachine in ${files.join(', ')}`);
    return machines.map(({ object }) => commandFor(object as VirtualMachine, NOTHING, runRoot()));
  }

  private async ofMachine(
    word: string | undefined,
    flags: Parameters<ApiCommand['connect']>[0] & { planned: boolean },
  ): Promise<string[]> {
    if (word === undefined) throw usage('which machine?', 'vmctl showcmd web, or vmctl showcmd -f web.yaml');
    const session = await this.connect(flags);
    const target = { namespace: session.namespace, name: objectName(word.replace(/^(vm|virtualmachine)s?\//, '')) };
    const machine = await session.client.get<VirtualMachine>(OURS.VirtualMachine, target);
    return (flags.planned ? undefined : running(machine)) ?? this.planned(session, machine);
  }

  private async planned(session: Session, machine: VirtualMachine): Promise<string[]> {
    const { commandFor, namesIn } = await import('../chunks/showcmd.ts');
    const names = namesIn(machine);
    const [disks, images] = await Promise.all([
      objects<VirtualMachineDisk>(session, OURS.VirtualMachineDisk, names.disks),
      objects<VirtualMachineImage>(session, OURS.VirtualMachineImage, names.images),
    ]);
    try {
      return commandFor(machine, { disk: (name) => disks.get(name), image: (name) => images.get(name) }, runRoot());
    } catch (error) {
      if ((error as Error).name !== 'Refusal') throw error;
      throw new Failure(
        'failed',
        `machine "${machine.metadata.name}": ${(error as Error).message}`,
        'change the field with: vmctl edit vm',
        { cause: error },
      );
    }
  }
}

const runRoot = (): string => `${locateHome(undefined)}/machines`;

/** The command line of the process itself, where the machine runs on this host. */
function running({ metadata, status }: VirtualMachine): string[] | undefined {
  if (!status?.pid || metadata.uid === undefined) return undefined;
  try {
    const words = readFileSync(`/proc/${status.pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return words.includes(metadata.uid) ? words : undefined;
  } catch {
    return undefined;
  }
}

async function objects<T extends KubeObject>(
  { client, namespace }: Session,
  type: ResourceType,
  names: readonly string[],
): Promise<Map<string, T>> {
  const found = await Promise.all(
    names.map((name) =>
      client.get<T>(type, { namespace, name }).catch((error) => {
        if (isNotFound(error)) return undefined;
        throw error;
      }),
    ),
  );
  return new Map(found.flatMap((object) => (object === undefined ? [] : [[object.metadata.name, object]])));
}
