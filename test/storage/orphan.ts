/** Runs a qemu-img that never ends, for a test that kills us: `orphan.ts FIFO`. */
import { runQemuImg } from '../../executor/storage/qemu-img/index.ts';

await runQemuImg(['info', '-f', 'raw', process.argv[2] ?? '']);
