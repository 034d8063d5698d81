import { type RunnerTestFile, TestRunner } from 'vitest';

type Task = RunnerTestFile | RunnerTestFile['tasks'][number];

/** Skips every test of a project, and counts it, where there is no control plane to run it on. */
export default class SkippingRunner extends TestRunner {
  onCollected(files: readonly RunnerTestFile[]): void {
    skip(files);
  }
}

/** The files as well: else what comes before all of their tests would run. */
function skip(tasks: readonly Task[]): void {
  for (const task of tasks) {
    task.mode = 'skip';
    if ('tasks' in task) skip(task.tasks);
  }
}
