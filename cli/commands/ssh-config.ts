import type { KubeObject } from '../../schemas/types/object.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { optionalArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { parseLogin } from '../ssh/target.ts';

export default class SshConfig extends ApiCommand {
  static override summary = 'Print what ssh needs to reach machines by name, for ~/.ssh/config.';
  static override description = `${SshConfig.summary}
With it, ssh, scp, rsync, git and editors reach a machine as NAME.NAMESPACE.vm through the API.`;
  static override examples = [
    '<%= config.bin %> ssh-config >~/.ssh/vms && echo "Include ~/.ssh/vms"',
    '<%= config.bin %> ssh-config debian@web',
  ];
  static override args = { machine: optionalArg('[USER@]MACHINE; every machine of the namespace where not given') };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SshConfig);
    const { callAgain, nativeHost } = await import('../ssh/host.ts');
    const { sshConfigBlock } = await import('../ssh/native.ts');
    const session = await this.connect(flags);
    const login = args.machine === undefined ? undefined : parseLogin(args.machine);
    const vmctl = callAgain(this.config.root, flags);
    const machines = await this.machines(session, login?.machine);
    const hosts = machines.map((machine) => nativeHost(machine, session.namespace, 22, vmctl));
    this.say(
      hosts
        .map((host) => sshConfigBlock(host, login?.user))
        .join('\n')
        .trimEnd(),
    );
  }

  private async machines({ client, namespace }: Session, name?: string): Promise<KubeObject[]> {
    if (name !== undefined) return [await client.get<KubeObject>(OURS.VirtualMachine, { namespace, name })];
    return (await client.list<KubeObject>(OURS.VirtualMachine, namespace)).items;
  }
}
