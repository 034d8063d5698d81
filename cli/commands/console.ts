import { boolean, integer } from '@oclif/core/flags';
import { machineSubresource } from '../api/subresource.ts';
import { requiredArg } from '../args.ts';
import { ApiCommand } from '../base.ts';
import { Failure } from '../errors.ts';
import { machineName } from '../names.ts';

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
    const name = machineName(args.machine);
    const { endpoint, namespace } = await this.connect(flags);
    // Both before the connection is there: nothing may be missed that is said as soon as it is.
    const { attach } = await import('../console/attach.ts');
    const { openWebSocket } = await import('../api/websocket.ts');
    const query = { tail: flags.tail, force: flags.force || undefined };
    const socket = await openWebSocket(endpoint, machineSubresource(namespace, name, 'console', query));
    if (process.stdin.isTTY) this.note(`connected to ${name}; Ctrl-] leaves`);
    const end = await attach(socket, { input: process.stdin, output: process.stdout });
    if (end.by === 'person') return this.note('');
    if (end.isRefusal)
      throw new Failure(
        'refused',
        end.reason,
        `see what the machine does with: vmctl describe vm ${name}\n  take the console over from somebody else with: vmctl console ${name} --force`,
      );
    this.note(`\nthe console of ${name} has ended: ${end.reason}`);
  }
}
