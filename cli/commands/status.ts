import { BaseCommand } from '../base.ts';
import { dataOutput } from '../flags.ts';
import { homeFlag, locateHome } from '../home/locate.ts';
import { type State, stateOf } from '../home/state.ts';
import { formatData } from '../output/object.ts';
import { alignColumns } from '../output/table.ts';

const EXECUTOR = {
  Running: 'runs',
  Stopped: 'does not run; start it with: vmctl up',
  NotAnswering: 'runs and does not answer; see executor.log in the home',
} satisfies Record<State['executor'], string>;

const counts = (all: Readonly<Record<string, number>>): string => {
  const entries = Object.entries(all).filter(([, n]) => n > 0);
  return entries.length === 0 ? 'none' : entries.map(([name, n]) => `${n} ${name}`).join(', ');
};

export default class Status extends BaseCommand {
  static override summary = 'Show whether the embedded API and the executor of this machine run, and what they hold.';
  static override flags = { home: homeFlag, output: dataOutput };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const state = await stateOf(locateHome(flags.home));
    if (flags.output) return this.say(await formatData(state, flags.output as 'json' | 'yaml'));
    const process = state.pid === undefined ? '' : ` (process ${state.pid})`;
    const rows = [
      ['home', state.home],
      ['executor', EXECUTOR[state.executor] + process],
      ...(state.url === undefined ? [] : [['API', state.url]]),
      ...(state.machines === undefined ? [] : [['machines', counts(state.machines)]]),
      ...(state.objects === undefined ? [] : [['objects', counts(state.objects)]]),
    ];
    for (const text of alignColumns(rows)) this.say(text);
  }
}
