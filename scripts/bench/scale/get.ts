import { join } from 'node:path';
import { type Measure, measure, paired, time } from '../measure.ts';
import { run } from '../run.ts';
import { VMCTL } from '../standalone.ts';

const ROUNDS = 3;

/** `vmctl get vm -A` against `kubectl get vm -A` of the same server, whole processes. */
export async function getAll(kubeconfig: string, machines: number): Promise<Measure[]> {
  const env = { ...process.env, KUBECONFIG: kubeconfig, VMCTL_HOME: join(kubeconfig, 'none') };
  const kubectl = ['kubectl', '--cache-dir', `${kubeconfig}.cache`, 'get', 'vm', '-A'];
  const [ours, theirs] = await paired(
    ROUNDS,
    () => time(() => run([VMCTL, 'get', 'vm', '-A'], env)),
    () => time(() => run(kubectl, env)),
  );
  return [measure(`vmctl get vm -A : kubectl get vm -A, of ${machines}`, 'ms', ours, theirs)];
}
