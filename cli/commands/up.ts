import { string } from '@oclif/core/flags';
import { BaseCommand } from '../base.ts';
import { dataOutput } from '../flags.ts';
import { publishContext } from '../home/context.ts';
import { liveEndpoint } from '../home/daemon.ts';
import { homeFlag, locateHome } from '../home/locate.ts';
import { startExecutor } from '../home/start.ts';
import { formatData } from '../output/object.ts';
import { openProgress } from '../wait/progress.ts';

export default class Up extends BaseCommand {
  static override summary =
    'Start the embedded API and the executor on this machine, and make them the current context.';
  static override description = `${Up.summary}
Run again, it changes nothing. Machines that should run are started; those that run already go on untouched.`;
  static override examples = ['<%= config.bin %> up', 'VMCTL_HOME=/srv/vmctl <%= config.bin %> up'];
  static override flags = {
    home: homeFlag,
    kubeconfig: string({
      helpValue: 'FILE',
      description: 'File to put the context in, instead of the first of $KUBECONFIG or ~/.kube/config.',
    }),
    output: dataOutput,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Up);
    const home = locateHome(flags.home);
    const running = await liveEndpoint(home);
    const endpoint = running ?? (await this.start(home));
    const { kubeconfig, context } = await publishContext(home, endpoint, process.env, flags.kubeconfig);
    const state = { home, url: endpoint.url, pid: endpoint.pid, kubeconfig, context, started: running === undefined };
    if (flags.output) return this.say(await formatData(state, flags.output as 'json' | 'yaml'));
    this.say(`vmctl ${running ? 'is up already' : 'is up'} at ${endpoint.url} (home ${home}, process ${endpoint.pid})`);
    this.say(`context "${context}" is current in ${kubeconfig}`);
    if (!running) this.say('next: vmctl create web --image debian-12, vmctl get vm, vmctl doctor');
  }

  private async start(home: string): ReturnType<typeof startExecutor> {
    const progress = await openProgress();
    const name = 'vm-executor';
    progress.set({ name, state: 'working', detail: `starting in ${home}` });
    try {
      const endpoint = await startExecutor(home, `${this.config.root}/dist`);
      progress.set({ name, state: 'done', detail: 'answers' });
      return endpoint;
    } catch (error) {
      progress.set({ name, state: 'failed', detail: 'did not start' });
      throw error;
    } finally {
      await progress.close();
    }
  }
}
