import { main } from './main.ts';

// Kept-alive connections would hold the process; everything that was written is written, since pipes and files are synchronous here.
main().then((code) => process.exit(code));
