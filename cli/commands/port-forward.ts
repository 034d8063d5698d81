import { boolean, string } from '@oclif/core/flags';
import type { Session } from '../api/connect.ts';
import { listArg, requiredArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { usage } from '../errors.ts';
import { type PortPair, parsePortPair } from '../forward/ports.ts';
import { machineName } from '../names.ts';

export default class PortForward extends ApiCommand {
  static override summary = 'Forward ports of this computer to ports of a machine, through the API alone.';
  static override examples = [
    '<%= config.bin %> port-forward web 8080:80',
    '<%= config.bin %> port-forward web 8080:80/tcp 5353:53/udp --address 0.0.0.0',
    'ssh -o ProxyCommand="<%= config.bin %> port-forward --stdio web 22" root@web',
  ];
  static override args = {
    machine: requiredArg('name of the machine'),
    ports: listArg('[LOCAL:]PORT[/tcp|udp]; LOCAL is PORT where not given, and :PORT takes any that is free'),
  };
  static override strict = false;
  static override flags = {
    address: string({ default: '127.0.0.1', helpValue: 'IP', description: 'Address to listen on.' }),
    stdio: boolean({
      description: "Join standard input and output with one TCP port, as ssh's ProxyCommand wants it.",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PortForward);
    const machine = machineName(args.machine);
    const pairs = (args.ports ?? []).map(parsePortPair);
    const session = await this.connect(flags);
    if (flags.stdio) return this.join(session, machine, pairs);
    const listeners = await Promise.all(pairs.map((pair) => this.listen(session, machine, pair, flags.address)));
    await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
    for (const listener of listeners) listener.close();
  }

  private async listen(session: Session, machine: string, { local, remote, protocol }: PortPair, address: string) {
    const { dialGuest } = await import('../forward/dial.ts');
    const dial = () => dialGuest(session, { machine, port: remote, protocol });
    const tell = (message: string) => this.note(`port ${remote}/${protocol}: ${message}`);
    const listenOn =
      protocol === 'tcp'
        ? (await import('../forward/tcp.ts')).listenTcp
        : (await import('../forward/udp.ts')).listenUdp;
    const listener = await listenOn(address, local, dial, tell);
    const shown = address.includes(':') ? `[${address}]` : address;
    this.say(`Forwarding from ${shown}:${listener.port} -> ${remote}${protocol === 'udp' ? '/udp' : ''}`);
    return listener;
  }

  private async join(session: Session, machine: string, pairs: readonly PortPair[]): Promise<void> {
    const [pair, ...more] = pairs;
    if (!pair || more.length > 0 || pair.protocol === 'udp') {
      throw usage('--stdio is for one TCP port', `write: vmctl port-forward --stdio ${machine} 22`);
    }
    const { dialGuest } = await import('../forward/dial.ts');
    const { joinStdio } = await import('../forward/stdio.ts');
    await joinStdio(await dialGuest(session, { machine, port: pair.remote, protocol: 'tcp' }));
  }
}
