import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCrds } from '../../../test/cluster/crds.ts';
import type { Cluster } from '../../../test/cluster/servers.ts';
import { type Measure, measure } from '../measure.ts';
import { load, type Served, SUBJECTS, type Subject } from './load.ts';
import { residentMiB } from './processes.ts';
import { Worker } from './workers.ts';

const LIVES = 400;

/** Servers without which a cluster does not serve a kind of object. */
const PAIR = ['kube-apiserver', 'etcd'];

/** The embedded API against real servers on the same load, machines first: those go to the CRD server of 1.36. */
export async function embedded(cluster: Cluster, file: string): Promise<Measure[]> {
  // On the disk that etcd's folder is on.
  const dir = await mkdtemp(join(tmpdir(), 'vmctl-embedded-'));
  await using _folder = { [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
  await using api = await Worker.start(file, { role: 'embedded', folder: dir, crds: readCrds() });
  const { endpoint } = api.first;
  if (!endpoint) throw new Error('the embedded API did not say where it is');
  const pairMiB = () =>
    cluster.processes.filter(({ name }) => PAIR.includes(name)).reduce((sum, { pid }) => sum + residentMiB(pid), 0);
  const rest = measure('embedded API at rest : kube-apiserver and etcd', 'MiB', residentMiB(api.pid), pairMiB());
  const compare = async (what: string, subject: Subject, real: Parameters<typeof load>[0]) => {
    const ours = await load(endpoint, subject, LIVES);
    return rows(what, ours, await load(real, subject, LIVES));
  };
  return [
    ...(await compare('machines', SUBJECTS.machines, cluster.crds.transport.endpoint)),
    ...(await compare('config maps', SUBJECTS['config maps'], cluster.core.transport.endpoint)),
    rest,
    measure('embedded API after the load : kube-apiserver and etcd', 'MiB', residentMiB(api.pid), pairMiB()),
  ];
}

const rows = (what: string, ours: Served, real: Served): Measure[] => [
  measure(`${what}, embedded API : real API server and etcd`, 'requests/s', ours.perSecond, real.perSecond),
  measure(`${what}, slowest of a hundred requests`, 'ms', ours.p99, real.p99),
  measure(`${what}, until the last of 20 watches tells, slowest of a hundred`, 'ms', ours.heardP99, real.heardP99),
];
