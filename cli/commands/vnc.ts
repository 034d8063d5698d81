import { boolean, integer, string } from '@oclif/core/flags';
import { machineSubresource } from '../api/subresource.ts';
import { openWebSocket } from '../api/websocket.ts';
import { requiredArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { Failure } from '../errors.ts';
import { machineName } from '../names.ts';
import type { WebOptions } from '../vnc/web.ts';

const untilInterrupted = (): Promise<void> =>
  new Promise((resolve) => process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve()));

export default class Vnc extends ApiCommand {
  static override summary = 'Show the screen of a machine.';
  static override description = `${Vnc.summary}
Starts the VNC viewer that is installed, lets you start one yourself (--proxy-only), or shows the screen in the browser (--web). The viewer speaks with a port of this computer only; from there on everything goes through the API.`;
  static override examples = [
    '<%= config.bin %> vnc web',
    '<%= config.bin %> vnc web --proxy-only --port 5901',
    '<%= config.bin %> vnc web --web',
  ];
  static override args = { machine: requiredArg('name of the machine') };
  static override flags = {
    'proxy-only': boolean({ exclusive: ['web'], description: 'Only listen; start a viewer yourself.' }),
    web: boolean({ description: 'Show it in the browser, by noVNC.' }),
    browser: boolean({ allowNo: true, default: true, description: 'With --web: open the browser.' }),
    port: integer({
      min: 0,
      max: 65535,
      default: 0,
      description: 'Port to listen on; any that is free where not given.',
    }),
    address: string({ default: '127.0.0.1', helpValue: 'IP', description: 'Address to listen on.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Vnc);
    const machine = machineName(args.machine);
    const { endpoint, namespace } = await this.connect(flags);
    const dial = () => openWebSocket(endpoint, machineSubresource(namespace, machine, 'vnc'));
    // What is wrong with the machine is told here, and not by a viewer that shows nothing.
    (await dial()).terminate();
    const { address, port } = flags;
    if (flags.web) return this.web({ machine, address, port, dial }, flags.browser);
    await this.viewer({ machine, address, port, dial }, flags['proxy-only']);
  }

  private async web(options: WebOptions, browser: boolean): Promise<void> {
    const { serveWebScreen } = await import('../vnc/web.ts');
    const screen = await serveWebScreen(options);
    this.say(screen.url);
    if (browser) await this.browse(screen.url);
    await untilInterrupted();
    screen.close();
  }

  private async browse(url: string): Promise<void> {
    const { onPath } = await import('../vnc/viewers.ts');
    const opener = process.env['BROWSER'] || onPath('xdg-open');
    if (!opener) return this.note('open this address in a browser of this computer; it is good for once');
    const { execa } = await import('../chunks/run.ts');
    void execa(opener, [url], { stdio: 'ignore', detached: true, cleanup: false, reject: false });
  }

  private async viewer({ machine, address, port, dial }: WebOptions, proxyOnly: boolean): Promise<void> {
    const { viewerCommand, viewerNames } = await import('../vnc/viewers.ts');
    const { listenTcp } = await import('../forward/tcp.ts');
    const listener = await listenTcp(address, port, dial, (message) => this.note(message), { halfOpen: false });
    const host = address.includes(':') ? `[${address}]` : address;
    const command = proxyOnly ? undefined : viewerCommand(host, listener.port);
    if (!proxyOnly && !command) {
      listener.close();
      const next = `install one of ${viewerNames.join(', ')}, or use --web, or --proxy-only and a viewer of your own`;
      throw new Failure('failed', 'no VNC viewer is installed', next);
    }
    this.say(`VNC of ${machine} on ${host}:${listener.port}`);
    if (!command) await untilInterrupted();
    else
      await (await import('../chunks/run.ts')).execa(command[0], command.slice(1), { stdio: 'ignore', reject: false });
    listener.close();
  }
}
