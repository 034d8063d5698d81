// The process that `survival.test.ts` kills: starts one qemu, says which, and then waits for its end.
import { spawnQemu } from '../../../executor/qemu/process/index.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as Parameters<typeof spawnQemu>[0];
const { pid, startTime } = await spawnQemu(options);
console.log(JSON.stringify({ pid, startTime }));
setInterval(() => {}, 1000);
