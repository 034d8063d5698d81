import { type RunnerTestFile, TestRunner } from 'vitest';

type Task = RunnerTestFile['tasks'][number];

/** Skips every test of a project, and counts it, where there is no control plane to run it on. */
export default class SkippingRunner extends TestRunner {
  onCollected(files: readonly RunnerTestFile[]): void {
    for (const file of files) skip(file.tasks);
  }
}

function skip(tasks: readonly Task[]): void {
  for (const task of tasks) {
    task.mode = 'skip';
    if ('tasks' in task) skip(task.tasks);
  }
}
