import type { KubeObject } from '../../schemas/types/object.ts';
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
    const names = login ? [login.machine] : await this.all(session);
    const vmctl = callAgain(this.config.root, flags);
    const hosts = await Promise.all(names.map((name) => nativeHost(session, name, 22, vmctl)));
    this.say(
      hosts
        .map((host) => sshConfigBlock(host, login?.user))
        .join('\n')
        .trimEnd(),
    );
  }

  private async all({ client, namespace }: Awaited<ReturnType<ApiCommand['connect']>>): Promise<string[]> {
    const { items } = await client.list<KubeObject>(OURS.VirtualMachine, namespace);
    return items.map(({ metadata }) => metadata.name);
  }
}
