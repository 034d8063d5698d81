import { type Measure, measure, paired, time } from './measure.ts';
import { run } from './run.ts';
import { standalone, VMCTL } from './standalone.ts';

const ROUNDS = 20;

/** `vmctl get vm` against `kubectl get vm` on the same API, and against the start of a bare Node. */
export async function cli(): Promise<Measure[]> {
  await using api = await standalone();
  const ours = () => time(() => run([VMCTL, 'get', 'vm'], api.env));
  const kubectl = () => time(() => run(['kubectl', 'get', 'vm'], api.env));
  const node = () => time(() => run([process.execPath, '-e', '0'], api.env));
  const [get, kubectlGet] = await paired(ROUNDS, ours, kubectl);
  const [again, bare] = await paired(ROUNDS, ours, node);
  return [
    measure('vmctl get vm : kubectl get vm', 'ms', get, kubectlGet),
    measure('vmctl get vm : node -e 0', 'ms', again, bare),
  ];
}
