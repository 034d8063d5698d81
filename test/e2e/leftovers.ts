import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { detectCgroups, readProcess, removeCgroup } from '../../executor/host/index.ts';
import { findQemus } from '../../executor/qemu/process/index.ts';
import { endProcess } from '../fixtures/end.ts';
import { until } from './until.ts';

/** Ends what an executor that has ended left running, which machines are meant to be: their processes and control groups. */
export async function endMachines(home: string): Promise<void> {
  for (const { pid, argv } of findQemus().values()) {
    if (!argv.some((argument) => argument.includes(home))) continue;
    endProcess(pid);
    await until(() => readProcess(pid)?.argv.length !== argv.length, {
      limitMs: 60_000,
      what: () => `the end of ${pid}`,
    });
  }
  const support = await detectCgroups();
  for (const name of readdirSync(join(home, 'machines'))) {
    if (name.includes('.')) continue;
    // A process that is gone from the table may be in its group for a while on a busy host.
    const isRemoved = () =>
      removeCgroup(support, name).then(
        () => true,
        () => false,
      );
    await until(isRemoved, { limitMs: 60_000, what: () => `the end of the control group of ${name}` });
  }
}
