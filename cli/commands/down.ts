import { boolean } from '@oclif/core/flags';
import { openSession, type Session } from '../api/connect.ts';
import { BaseCommand } from '../base.ts';
import { timeoutFlag, timeoutMs } from '../flags.ts';
import { confirm } from '../home/confirm.ts';
import { withdrawContexts } from '../home/context.ts';
import { liveEndpoint } from '../home/daemon.ts';
import { homeFlag, locateHome } from '../home/locate.ts';
import { machinesOn, stopMachines } from '../home/machines.ts';
import { deleteEverything, removeCache, removeHome } from '../home/purge.ts';
import { isHome, startExecutor } from '../home/start.ts';
import { stopExecutor } from '../home/stop.ts';

export default class Down extends BaseCommand {
  static override summary = 'Stop the embedded API and the executor of this machine. Machines go on.';
  static override examples = [
    '<%= config.bin %> down',
    '<%= config.bin %> down --machines',
    '<%= config.bin %> down --purge --yes',
  ];
  static override flags = {
    home: homeFlag,
    machines: boolean({ description: 'Stop the machines first.' }),
    purge: boolean({ description: 'Remove everything that vmctl made: machines, disks, the home, the context.' }),
    yes: boolean({ char: 'y', description: 'Do not ask before --purge.' }),
    timeout: timeoutFlag('5m'),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Down);
    const home = locateHome(flags.home);
    if (flags.purge) return this.purge(home, flags.yes, timeoutMs(flags.timeout));
    const endpoint = await liveEndpoint(home);
    const session = endpoint && openSession({ socketPath: endpoint.socketPath }, 'default', home);
    if (session && flags.machines) {
      const count = await stopMachines(session, false, timeoutMs(flags.timeout));
      this.say(`${count} ${count === 1 ? 'machine' : 'machines'} stopped`);
    }
    const left = session ? (await machinesOn(session)).length : 0;
    const pid = await stopExecutor(home);
    this.say(pid === undefined ? `nothing runs in ${home}` : `vm-executor (process ${pid}) has ended`);
    if (left > 0) this.say(`${left} ${left === 1 ? 'machine goes' : 'machines go'} on; vmctl up finds them again`);
  }

  private async purge(home: string, yes: boolean, timeout: number): Promise<void> {
    await confirm(`Remove all machines, their disks and ${home}?`, yes);
    if (isHome(home)) {
      await deleteEverything(await this.session(home), timeout);
      await stopExecutor(home);
    }
    const contexts = await withdrawContexts(home);
    removeHome(home);
    removeCache();
    for (const { context, kubeconfig } of contexts) this.say(`context "${context}" removed from ${kubeconfig}`);
    this.say(`${home} removed`);
  }

  /** Only the executor can free what machines hold, so it is started where it does not run. */
  private async session(home: string): Promise<Session> {
    const endpoint = (await liveEndpoint(home)) ?? (await startExecutor(home, `${this.config.root}/dist`));
    return openSession({ socketPath: endpoint.socketPath }, 'default', home);
  }
}
