import { serveDownload } from './child.ts';

/** What `vm-executor --download` is, without the rest of the executor: for who runs it from its source. */
await serveDownload();
