import { boolean, string } from '@oclif/core/flags';
import { OURS } from '../api/resources.ts';
import { listArg, requiredArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { usage } from '../errors.ts';
import { credentialsOf, sshFlags } from '../ssh/options.ts';
import { parseLogin } from '../ssh/target.ts';
import type { Machine } from '../ssh/verify.ts';

export default class Ssh extends ApiCommand {
  static override summary = 'Log in to a machine by SSH, through the API: it needs no address that you can reach.';
  static override description = `${Ssh.summary}
The machine's host key is kept by its uid. The first one is compared with what the guest's agent says, or what the guest printed on its console, as cloud-init does; without either it is kept as it is. A command's exit code is that of vmctl.`;
  static override examples = [
    '<%= config.bin %> ssh debian@web',
    '<%= config.bin %> ssh root@web -- systemctl --failed',
    '<%= config.bin %> ssh web --native -o ForwardAgent=yes',
  ];
  static override args = {
    machine: requiredArg('[USER@]MACHINE'),
    command: listArg('after --: what to run there instead of a shell', false),
  };
  static override strict = false;
  static override flags = {
    ...sshFlags,
    tty: boolean({ char: 't', allowNo: true, description: 'A terminal in the guest; without a command, as here.' }),
    native: boolean({ description: "Use the system's ssh, with a ProxyCommand." }),
    option: string({
      char: 'o',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'KEY=VALUE',
      dependsOn: ['native'],
      description: 'Option for the ssh of the system, see ssh_config(5).',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Ssh);
    const { user, machine } = parseLogin(args.machine);
    const command = args.command?.length ? args.command.join(' ') : undefined;
    const terminal = flags.tty ?? (command === undefined && process.stdin.isTTY === true);
    if (terminal && !process.stdin.isTTY) throw usage('standard input is no terminal', 'leave --tty away');
    const session = await this.connect(flags);
    const credentials = credentialsOf(flags, user);
    if (flags.native) {
      const { callAgain, nativeHost } = await import('../ssh/host.ts');
      const { runNative } = await import('../ssh/run-native.ts');
      const { keepAnnounced } = await import('../ssh/verify.ts');
      const target = { namespace: session.namespace, name: machine };
      const object = await session.client.get<Machine>(OURS.VirtualMachine, target);
      await keepAnnounced(session, object);
      const host = nativeHost(object, session.namespace, flags.port, callAgain(this.config.root, flags));
      process.exitCode = await runNative(host, { ...credentials, command, terminal, options: flags.option ?? [] });
      return;
    }
    const { openSsh } = await import('../ssh/connect.ts');
    const { runShell } = await import('../ssh/shell.ts');
    const note = (text: string) => this.note(text);
    using ssh = await openSsh(session, { ...credentials, machine, port: flags.port, note });
    process.exitCode = await runShell(ssh, { command, terminal });
  }
}
