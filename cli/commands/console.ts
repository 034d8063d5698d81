import { boolean, integer } from '@oclif/core/flags';
import { machineSubresource } from '../api/subresource.ts';
import { requiredArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { objectName } from '../names.ts';

export default class Console extends ApiCommand {
  static override summary = 'Connect to the serial console of a machine. Ctrl-] leaves.';
  static override examples = ['<%= config.bin %> console web', '<%= config.bin %> console web --tail 0 --force'];
  static override args = { machine: requiredArg('name of the machine') };
  static override flags = {
    tail: integer({ min: 0, description: 'Lines of what was said before to show first.' }),
    force: boolean({ description: 'Take the console over from whoever is connected.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Console);
    const name = objectName(args.machine);
    const { endpoint, namespace } = await this.connect(flags);
    const { openWebSocket } = await import('../chunks/websocket.ts');
    const { attach } = await import('../console/attach.ts');
    const query = { tail: flags.tail, force: flags.force || undefined };
    const socket = await openWebSocket(endpoint, machineSubresource(namespace, name, 'console', query));
    if (process.stdin.isTTY) this.note(`connected to ${name}; Ctrl-] leaves`);
    const reason = await attach(socket, { input: process.stdin, output: process.stdout });
    this.note(reason === undefined ? '' : `\nthe console of ${name} has ended: ${reason}`);
  }
}
