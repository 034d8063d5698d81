import { boolean, integer, string } from '@oclif/core/flags';
import { known, OURS } from '../api/resources.ts';
import { make } from '../apply/make.ts';
import { readManifests } from '../apply/manifests.ts';
import type { DryRun } from '../apply/report.ts';
import { targetOf } from '../apply/target.ts';
import { listArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { usage } from '../errors.ts';
import { dryRun, filenames, objectOutput, recursive, timeoutMs, waiting } from '../flags.ts';
import { ensureImage } from '../image/from-catalog.ts';
import { buildMachine, type MachineFlags } from '../machine/build.ts';
import { cloudInitOf } from '../machine/cloud-init.ts';

export default class Create extends ApiCommand {
  static override summary = 'Create a machine from a few flags, or the objects of files.';
  static override examples = [
    '<%= config.bin %> create web --image debian-12 --disk-size 20Gi --cpus 2 --memory 2Gi --forward 2222:22',
    '<%= config.bin %> create web --image debian-12 --user ada --ssh-key ~/.ssh/id_ed25519.pub --cloud-init setup.yaml',
    '<%= config.bin %> create web --image debian-12 -o yaml --dry-run=client > web.yaml',
    '<%= config.bin %> create -f web.yaml',
  ];
  static override args = { machine: listArg('name of the machine', false) };
  static override flags = {
    image: string({
      helpValue: 'NAME',
      description: 'Image that the root disk is an overlay on; one of the catalog is imported.',
    }),
    'disk-size': string({
      helpValue: 'SIZE',
      description: "Size of the root disk, such as 20Gi; the image's where not given.",
    }),
    disk: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
      description: 'A disk that exists; may be repeated.',
    }),
    pool: string({ helpValue: 'NAME', description: 'Storage pool of the root disk.' }),
    cpus: integer({ default: 1, min: 1, max: 256, description: 'Virtual CPUs.' }),
    memory: string({ default: '1Gi', helpValue: 'SIZE', description: 'Memory, such as 2Gi.' }),
    network: string({
      default: 'default',
      helpValue: 'NAME',
      description: 'Network of the first interface; none for no interface.',
    }),
    forward: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'HOST:GUEST',
      description: 'Port of the host that reaches the guest, as 2222:22; may be repeated.',
    }),
    user: string({ helpValue: 'NAME', description: "Default user of the guest, instead of the image's (cloud-init)." }),
    'ssh-key': string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE|KEY',
      description: 'SSH public key that may log in, or a file of them; may be repeated (cloud-init).',
    }),
    'password-secret': string({
      helpValue: 'NAME[/KEY]',
      description: "Secret with the user's password, under the key password where none is named (cloud-init).",
    }),
    'cloud-init': string({ helpValue: 'FILE', description: 'User data of the guest, such as #cloud-config.' }),
    start: boolean({ default: true, allowNo: true, description: 'Start it.' }),
    filename: filenames,
    recursive,
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Create);
    const options = {
      mode: flags['dry-run'] as DryRun,
      format: flags.output,
      wait: flags.wait,
      timeoutMs: timeoutMs(flags.timeout),
    };
    const say = (text: string) => this.say(text);
    if (flags.filename) {
      const manifests = await readManifests(flags.filename, flags.recursive);
      const session = await this.connect(flags);
      for (const manifest of manifests) {
        const { resource, object } = await targetOf(session, flags.namespace, manifest);
        await make(session, resource, object, options, say);
      }
      return;
    }
    const name = this.machineName((args.machine ?? []) as unknown as string[]);
    const machine = buildMachine(name, { ...(flags as MachineFlags), ...(await cloudInitOf(name, flags)) });
    if (options.mode === 'client') return this.showOnly(machine, flags.namespace, options);
    const session = await this.connect(flags);
    if (flags.image !== undefined && options.mode === 'none') await ensureImage(session, flags.image, say);
    await make(session, OURS.VirtualMachine, machine, options, say);
  }

  /** Without an API: a dry run on the client has to work before there is one. */
  private async showOnly(
    machine: ReturnType<typeof buildMachine>,
    namespace: string | undefined,
    options: Parameters<typeof make>[3],
  ): Promise<void> {
    const session = { namespace: namespace ?? 'default' } as Parameters<typeof make>[0];
    const placed = namespace === undefined ? { ...OURS.VirtualMachine, namespaced: false } : OURS.VirtualMachine;
    await make(session, placed, machine, options, (text) => this.say(text));
  }

  /** `create web`, and `create vm web` as kubectl's users write it. */
  private machineName([first, second, ...rest]: readonly string[]): string {
    if (first === undefined) throw usage('what should the machine be called?', 'vmctl create web --image debian-12');
    if (second === undefined) return first;
    if (known(first) === OURS.VirtualMachine && rest.length === 0) return second;
    const hint = known(first)
      ? 'create it from a file: vmctl create -f FILE, or see: vmctl --help'
      : 'run it once for each';
    throw usage('create makes one machine', hint);
  }
}
